"""Harmless text of many languages and scripts, with emoji of every kind: next to nothing is found, nothing is changed.

The lines are made from a fixed seed out of phrases of everyday life, so that there are enough of them for a claim.
"""

from __future__ import annotations

import random
import unicodedata

import pytest

from gateway.core.edits import apply
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.readable import readable
from gateway.core.types import Channel, Context, Segment
from gateway.guards.injection import InjectionParams

PHRASES: dict[str, tuple[str, ...]] = {
    "Arabic": ("صباح الخير يا أصدقاء", "كيف حالك اليوم؟", "الكتاب على الطاولة", "أين محطة القطار من فضلك؟"),
    "Armenian": ("Բարի լույս բոլորին", "Ինչպե՞ս ես այսօր", "Գիրքը սեղանի վրա է", "Որտե՞ղ է կայարանը"),
    "Bengali": ("সুপ্রভাত বন্ধুরা", "আজ কেমন আছ?", "বইটি টেবিলের উপর আছে", "রেল স্টেশন কোথায়?"),
    "Bulgarian": ("Добро утро на всички", "Как си днес?", "Книгата е на масата", "Къде е гарата, моля?"),
    "Chinese": ("大家早上好", "你今天怎么样？", "书在桌子上", "请问火车站在哪里？"),
    "Croatian": ("Dobro jutro svima", "Kako si danas?", "Knjiga je na stolu", "Gdje je željeznički kolodvor?"),
    "Czech": ("Dobré ráno všem", "Jak se dnes máš?", "Kniha leží na stole", "Kde je prosím nádraží?"),
    "Danish": ("Godmorgen alle sammen", "Hvordan har du det i dag?", "Bogen ligger på bordet", "Hvor er banegården?"),
    "Dutch": ("Goedemorgen allemaal", "Hoe gaat het vandaag met je?", "Het boek ligt op tafel", "Waar is het station?"),
    "Finnish": ("Hyvää huomenta kaikille", "Mitä kuuluu tänään?", "Kirja on pöydällä", "Missä on rautatieasema?"),
    "French": ("Bonjour à tous et à toutes", "Comment ça va aujourd’hui ?", "Le livre est sur la table", "Où est la gare, s’il vous plaît ?"),
    "Georgian": ("დილა მშვიდობისა ყველას", "როგორ ხარ დღეს?", "წიგნი მაგიდაზეა", "სად არის სადგური?"),
    "German": ("Guten Morgen allerseits", "Wie geht es dir heute?", "Das Buch liegt auf dem Tisch", "Wo ist bitte der Bahnhof?"),
    "Greek": ("Καλημέρα σε όλους", "Τι κάνεις σήμερα;", "Το βιβλίο είναι στο τραπέζι", "Πού είναι ο σταθμός;"),
    "Hebrew": ("בוקר טוב לכולם", "מה שלומך היום?", "הספר על השולחן", "איפה תחנת הרכבת?"),
    "Hindi": ("सभी को सुप्रभात", "आज आप कैसे हैं?", "किताब मेज़ पर है", "रेलवे स्टेशन कहाँ है?"),
    "Hungarian": ("Jó reggelt mindenkinek", "Hogy vagy ma?", "A könyv az asztalon van", "Hol van a pályaudvar?"),
    "Indonesian": ("Selamat pagi semuanya", "Apa kabar hari ini?", "Buku itu ada di atas meja", "Di mana stasiun kereta?"),
    "Italian": ("Buongiorno a tutti", "Come stai oggi?", "Il libro è sul tavolo", "Dov’è la stazione, per favore?"),
    "Japanese": ("みなさん、おはようございます", "今日は元気ですか？", "本は机の上にあります", "駅はどこですか？"),
    "Khmer": ("អរុណសួស្តីទាំងអស់គ្នា", "ថ្ងៃនេះអ្នកសុខសប្បាយទេ?", "សៀវភៅនៅលើតុ", "ស្ថានីយ៍នៅឯណា?"),
    "Korean": ("여러분 좋은 아침입니다", "오늘 기분이 어때요?", "책이 책상 위에 있어요", "기차역이 어디예요?"),
    "Norwegian": ("God morgen alle sammen", "Hvordan har du det i dag?", "Boka ligger på bordet", "Hvor er jernbanestasjonen?"),
    "Persian": ("صبح بخیر دوستان", "امروز حالت چطور است؟", "کتاب روی میز است", "می‌خواهم به ایستگاه بروم"),
    "Polish": ("Dzień dobry wszystkim", "Jak się dziś masz?", "Książka leży na stole", "Gdzie jest dworzec?"),
    "Portuguese": ("Bom dia a todos", "Como você está hoje?", "O livro está sobre a mesa", "Onde fica a estação?"),
    "Punjabi": ("ਸਾਰਿਆਂ ਨੂੰ ਸ਼ੁਭ ਸਵੇਰ", "ਅੱਜ ਤੁਸੀਂ ਕਿਵੇਂ ਹੋ?", "ਕਿਤਾਬ ਮੇਜ਼ ਉੱਤੇ ਹੈ"),
    "Romanian": ("Bună dimineața tuturor", "Ce mai faci astăzi?", "Cartea este pe masă", "Unde este gara, vă rog?"),
    "Russian": ("Доброе утро всем", "Как у тебя дела сегодня?", "Книга лежит на столе", "Где находится вокзал?"),
    "Serbian": ("Добро јутро свима", "Како си данас?", "Књига је на столу", "Где је железничка станица?"),
    "Spanish": ("Buenos días a todos", "¿Cómo estás hoy?", "El libro está sobre la mesa", "¿Dónde está la estación?"),
    "Swahili": ("Habari za asubuhi nyote", "Habari yako leo?", "Kitabu kiko mezani", "Kituo cha treni kiko wapi?"),
    "Swedish": ("God morgon allihopa", "Hur mår du idag?", "Boken ligger på bordet", "Var ligger stationen?"),
    "Tamil": ("அனைவருக்கும் காலை வணக்கம்", "இன்று எப்படி இருக்கிறீர்கள்?", "புத்தகம் மேசையில் உள்ளது"),
    "Telugu": ("అందరికీ శుభోదయం", "ఈ రోజు ఎలా ఉన్నారు?", "పుస్తకం బల్ల మీద ఉంది"),
    "Thai": ("สวัสดีตอนเช้าทุกคน", "วันนี้เป็นอย่างไรบ้าง", "หนังสืออยู่บนโต๊ะ", "สถานีรถไฟอยู่ที่ไหน"),
    "Tibetan": ("བཀྲ་ཤིས་བདེ་ལེགས།", "ཁྱེད་རང་སྐུ་གཟུགས་བདེ་པོ་ཡིན་པས།"),
    "Turkish": ("Herkese günaydın", "Bugün nasılsın?", "Kitap masanın üstünde", "İstasyon nerede, lütfen?"),
    "Ukrainian": ("Доброго ранку всім", "Як справи сьогодні?", "Книга лежить на столі", "Де знаходиться вокзал?"),
    "Urdu": ("سب کو صبح بخیر", "آج آپ کیسے ہیں؟", "کتاب میز پر ہے", "ریلوے اسٹیشن کہاں ہے؟"),
    "Vietnamese": ("Chào buổi sáng mọi người", "Hôm nay bạn thế nào?", "Quyển sách ở trên bàn", "Nhà ga ở đâu vậy?"),
    "Yoruba": ("Ẹ káàárọ̀ o", "Báwo ni o ṣe wà lónìí?", "Ìwé náà wà lórí tábìlì"),
}  # fmt: skip
EMOJI = (
    "👩‍👩‍👧‍👦", "👨🏽‍💻", "🏳️‍🌈", "🏴‍☠️", "❤️‍🔥", "👍🏿", "👋🏻👋🏼👋🏽", "🇩🇪", "🇫🇷🇮🇹🇪🇸", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣2️⃣3️⃣", "☀️", "✈️", "😀😃😄", "🧑‍🤝‍🧑", "👩🏾‍🚀", "🐻‍❄️", "©️ ™️",
    "♾️", "🅰️", "🆗", "㊗️", "🎉🎉🎉", "½ ¾ ²", "→ ✓ ★", "…", "“ok”", "—", "№ 5", "20 °C", "5 €",
)  # fmt: skip
ENDINGS = ("", " ", "!", "\n", " 🙂 ", " (1)", " 7", ": ")


def _lines(count: int) -> list[str]:
    chance = random.Random(2026)
    languages = sorted(PHRASES)
    lines = []
    for index in range(count):
        own = PHRASES[languages[index % len(languages)]]
        parts = [chance.choice(own), chance.choice(own)] if index % 3 else [chance.choice(own)]
        if index % 2:
            parts.insert(chance.randrange(len(parts) + 1), chance.choice(EMOJI))
        if index % 5 == 0:
            parts.append(chance.choice(PHRASES[chance.choice(languages)]))
        lines.append(" ".join(parts) + chance.choice(ENDINGS))
    return lines


LINES = _lines(2520)


@pytest.fixture(scope="module")
def plan() -> Plan:
    patterns = InjectionParams(model="off")
    rules = (Rule("injection", "injection", params=patterns, action=Action(ActionKind.MASK)),
             *(Rule(name, name, action=Action(ActionKind.MASK)) for name in ("pii", "secrets")))
    return Plan.compile([Policy("languages", rules=rules)], "1", guards())


def test_there_is_enough_to_claim_half_a_percent() -> None:
    assert len(PHRASES) >= 40
    assert len(set(LINES)) >= 1500


def test_requests_go_through_as_they_are(plan: Plan) -> None:
    found = []
    for line in LINES:
        verdict = Exchange(plan, Context("d")).judge_input((Channel("user", (Segment("/t", "user", line),)),))
        if verdict.findings:
            found.append(line)
        assert apply(line, verdict.edits) == line or verdict.edits
    assert len(found) <= 0.005 * len(LINES), found[:9]
    assert found == []


def test_answers_go_through_as_they_are(plan: Plan) -> None:
    for line in LINES[::7]:
        field = Exchange(plan, Context("d")).field(0, "content")
        assert "".join([field.feed(char) for char in line]) + field.finish() == line


def _foreign(text: str) -> list[str]:
    return [char for char in text if char.isalpha() and not unicodedata.name(char, "").startswith(("LATIN", "SQUARED"))]


def test_what_is_read_keeps_scripts_and_emoji() -> None:
    changed = [line for line in LINES if _foreign(readable(line).text) != _foreign(line)]
    assert len(changed) <= 0.005 * len(LINES), changed[:9]
    for each in EMOJI[:18]:
        if "\u20e3" not in each:  # figures in boxes are figures
            assert readable(f"see {each} there").text == f"see {each} there"
