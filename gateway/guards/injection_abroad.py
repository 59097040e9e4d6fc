"""How attempts to take over an assistant are worded in languages that the encoder does not read.

Expressions over canonical text: accents are folded, and so are letters of other scripts that look like Latin ones,
which is why those words are folded here, too. Western and Central European languages put the verb first, others last.
"""

from __future__ import annotations

import re

from gateway.core.text import canonical

_GAP = r"(?:\s[^\s.,;!?]{1,14}){0,4}\s"
_LETTERS = r"[^\s.,;!?]{0,8}"


def _words(*words: str, ending: str = _LETTERS) -> str:
    """Any of the words, as they stand in canonical text; ``-`` at its end stands for any ending."""
    folded = (canonical(word.removesuffix("-")) + (ending if word.endswith("-") else "") for word in words)
    return f"(?:{'|'.join(folded)})"


_DROP = "|".join((
    (r"(?:ignorier\w{0,4}|vergiss|vergesst|vergessen sie|missacht\w{0,4}|streiche?|ubergehe?)\s(?:mal\s"
     r"|kurz\s)?(?:alle\w?|samtliche|deine\w?|ihre\w?|die|diese|jede)(?:\s\w{1,14}){0,3}\s?(?:anweisung\w{0,2}"
     r"|instruktion\w{0,3}|befehle?|regeln|vorgaben|richtlinien|systemanweisung\w{0,2}|einschrankung\w{0,2})"),
    (r"(?:ignore[rz]?|oublie[rz]?|neglige[rz]?|ne (?:tiens|tenez) (?:pas|plus) compte|ne (?:suis|suivez"
     r"|respecte[sz]?) (?:plus|pas))(?:\s{1,3}(?:toutes?|tous|les|tes|vos|ces|des"
     r"|de)){1,3}\s{1,3}(?:instructions?|consignes?|regles?|directives?|ordres?|restrictions)"),
    (r"(?:ignor[ae]\w{0,3}|olvid[ae]\w{0,3}|haz caso omiso|omite|descarta|no (?:sigas"
     r"|respetes))(?:\s{1,3}(?:de|todas|todos|las|los|tus|sus|esas|cualquier)){1,4}\s{1,3}(?:instrucciones"
     r"|reglas|indicaciones|ordenes|directrices|normas|restricciones)"),
    (r"(?:ignora\w{0,3}|dimentica\w{0,3}|trascura\w{0,3})(?:\s{1,3}(?:tutte|tutti|le|i|gli|tue|tuoi"
     r"|precedenti)){1,4}\s{1,3}(?:istruzioni|regole|indicazioni|ordini|direttive)"),
    (r"(?:ignor[ea]\w{0,2}|esquec[ae]\w{0,2}|desconsider[ea]|descart[ea])(?:\s{1,3}(?:todas|todos|as|os|suas"
     r"|tuas|quaisquer)){1,3}\s{1,3}(?:instrucoes|regras|orientacoes|ordens|diretrizes)"),
    (r"(?:negeer|vergeet)(?:\s{1,3}(?:alle|de|je|jouw|uw|bovenstaande|vorige|eerdere"
     r"|voorgaande)){1,4}\s{1,3}(?:instructies|opdrachten|regels|aanwijzingen|richtlijnen)"),
    (r"(?:zignoruj|zapomnij|pomin)(?:\so)?(?:\s(?:wszystki\w{1,3}|swoi\w{1,2}|poprzedni\w{1,3}"
     r"|wczesniejsz\w{1,3}|te)){1,3}\s(?:instrukcj\w{1,3}|polece\w{1,4}|zasad\w{0,3})"),
    (r"(?:onceki|yukaridaki|tum)\s(?:\w{1,10}\s){0,2}(?:talimat|kural"
     r"|komut)\w{0,6}\s(?:\w{1,10}\s){0,2}(?:unut|yok say|gormezden gel)"),
))

_SHOW = "|".join((
    (r"(?:zeig|nenn|verrat|gib|sag|lies|wiederhol)\w{0,2}" + _GAP
     + r"(?:system-?prompt|systemanweisung\w{0,2}|systemtext|(?:geheim|versteckt"
     r"|ursprunglich)\w{0,3} (?:anweisung|regel|vorgabe)\w{0,2})"),
    (r"(?:montre|affiche|donne|revele|dis|recite)\w{0,2}(?:-moi)?" + _GAP
     + r"(?:prompt (?:systeme|initial)|(?:instructions|consignes|regles) (?:cachees|secretes|initiales|systeme))"),
    (r"(?:muestra|revela|dime|dame|imprime|ensena)\w{0,4}" + _GAP
     + r"(?:prompt (?:(?:del? )?sistema|inicial)|(?:instrucciones|reglas) (?:ocultas|secretas|iniciales|del sistema)"
     r"|mensaje del? (?:desarrollador|sistema))"),
    (r"(?:mostra|rivela|dimmi|dammi|stampa)\w{0,3}" + _GAP
     + r"(?:prompt di sistema|(?:istruzioni|regole) (?:nascoste|segrete|iniziali|di sistema))"),
    (r"(?:mostr[ae]|revel[ae]|diga|imprima)" + _GAP
     + r"(?:prompt do sistema|(?:instrucoes|regras) (?:ocultas|secretas|iniciais|do sistema))"),
    (r"(?:toon|laat|geef|onthul)\w{0,2}" + _GAP
     + r"(?:systeemprompt|(?:geheime|verborgen) (?:instructies|regels))"),
    (r"(?:pokaz|ujawnij|podaj|wypisz)" + _GAP
     + r"(?:prompt systemowy|(?:ukryte|tajne) (?:instrukcje|zasady)|instrukcje systemowe)"),
    (r"sistem (?:istem|talimat|mesaj)\w{0,5}\s(?:\w{1,10}\s){0,2}(?:goster|yazdir|acikla)"),
))

_UNBOUND = "|".join((
    (r"du bist (?:jetzt|nun|ab jetzt)[^.\n]{0,40} (?:ohne (?:regeln|filter|moral|grenzen)|unzensiert)"),
    (r"tu (?:es (?:maintenant|desormais)[^.\n]{0,40} sans (?:regles?|filtres?|morale|limites?|censure)"
     r"|n'?as plus aucune (?:limite|regle|restriction))"),
    (r"(?:ahora eres|desde (?:ahora|hoy) eres|actua como)[^.\n]{0,40} sin (?:censura|limites|filtros|reglas"
     r"|restricciones)"),
    (r"come un'?(?:ia|assistente|intelligenza artificiale) senza (?:limiti|filtri|regole|censura)"),
    (r"(?:agora voce e|voce e agora|a partir de agora)[^.\n]{0,40} (?:sem|nao tem) (?:filtros|regras|limites"
     r"|censura)"),
    (r"je bent nu[^.\n]{0,40} zonder (?:filters|regels|grenzen)"),
))

_EAST_DROP = "|".join((
    _words("забудь-", "игнорируй-", "проигнорируй-") + _GAP + _words("указани-", "инструкци-", "правил-", "команд-"),
    ("(?:忽略|无视|忘记|忘掉)[^。,\n]{0,8}(?:之前|以前|上面|以上|先前|前面|所有|全部)"
     "[^。,\n]{0,8}(?:指令|指示|提示|规则|命令)"),
    _words("以前の", "これまでの", "上記の", "すべての", "全ての") + r"[^\s]{0,8}"
    + _words("指示", "命令", "ルール", "プロンプト") + r"[^\s]{0,8}" + _words("無視", "忘れ"),
    _words("이전", "위의", "모든", "기존") + r"[^.\n]{0,8}" + _words("지시", "명령", "규칙", "지침") + r"[^.\n]{0,8}"
    + _words("무시", "잊"),
    _words("تجاهل", "انس") + _GAP + _words("التعليمات", "الأوامر", "القواعد"),
    _words("निर्देश-", "नियम-", "आदेश-") + r"[^.\n]{0,10}" + _words("भूल", "अनदेखा", "नज़रअंदाज़"),
))

_EAST_SHOW = "|".join((
    _words("покажи-", "выведи-", "раскрой-", "напечатай-") + _GAP + _words("системн-", "скрыт-") + r"\s"
    + _words("промпт-", "инструкци-", "запрос-"),
    ("(?:输出|显示|告诉我|透露|展示|打印)[^。,\n]{0,10}系统(?:提示|指令)"
     "|系统(?:提示词?|指令)[^。,\n]{0,8}(?:输出|发给我|告诉我|显示|给我)"),
    (_words("システムプロンプト", "内部指示", "初期指示") + r"[^\s]{0,6}"
     + _words("表示", "出力", "見せ", "教え", "公開")),
    _words("시스템") + r"\s?" + _words("프롬프트", "지침", "메시지") + r"[^.\n]{0,6}"
    + _words("보여", "출력", "알려", "공개"),
    _words("اعرض", "أظهر", "اكشف", "اطبع") + _GAP + _words("تعليمات", "رسالة", "موجه") + r"\s" + _words("النظام"),
    _words("सिस्टम") + r"\s" + _words("प्रॉम्प्ट", "निर्देश-") + r"[^.\n]{0,8}" + _words("दिखा", "बता"),
))

_EAST_UNBOUND = "|".join((
    _words("ты") + r"\s[^.\n]{0,20}" + _words("без") + r"\s" + _words("ограничений", "цензуры", "фильтров"),
    "你[^。,\n]{0,8}(?:没有|不受)任何?(?:限制|约束|审查)",
))

TOLD = re.compile(r"(?:^|[^a-z])(?:he|has|ha|hemos|han|habia|ai|as|avons|avez|ont|avais|avait|ho|hai|abbiamo|avete"
                  r"|hanno|avevo|tenho|tem|temos|tinha|heb|heeft|hebben|had)\s$", re.IGNORECASE)
"""What stands before a verb by which somebody tells that it happened: "he olvidado las reglas" gives no order."""

ABROAD: dict[str, str] = {
    "override_abroad": rf"(?:\b(?:{_DROP})|{_EAST_DROP})",
    "extraction_abroad": rf"(?:\b(?:{_SHOW})\b|{_EAST_SHOW})",
    "persona_abroad": rf"(?:\b(?:{_UNBOUND})\b|{_EAST_UNBOUND})",
}
