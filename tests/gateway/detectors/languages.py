"""Own sentences in 32 languages, three long and three short ones each: what the language detector is measured with."""

from __future__ import annotations

SENTENCES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        (
            "Could you please summarise the attached report and tell me which deadlines we are likely to miss this month?",
            "The committee decided yesterday that the old bridge will be closed to traffic until the repairs are finished.",
            "I would like to know how many days of leave I still have and whether I may carry them over into next year.",
        ),
        ("How do I reset my password?", "What time is the meeting?", "Thanks, that works now"),
    ),
    "de": (
        (
            "Könnten Sie mir bitte erklären, warum die Rechnung vom letzten Monat höher ausgefallen ist als vereinbart?",
            "Der Ausschuss hat gestern beschlossen, dass die alte Brücke bis zum Ende der Arbeiten gesperrt bleibt.",
            "Ich möchte wissen, wie viele Urlaubstage ich noch habe und ob ich sie ins nächste Jahr mitnehmen darf.",
        ),
        ("Wie ändere ich mein Passwort?", "Wann beginnt die Besprechung?", "Danke, jetzt geht es wieder"),
    ),
    "fr": (
        (
            "Pourriez-vous m'expliquer pourquoi la facture du mois dernier est plus élevée que ce qui était convenu ?",
            "Le comité a décidé hier que le vieux pont restera fermé à la circulation jusqu'à la fin des travaux.",
            "Je voudrais savoir combien de jours de congé il me reste et si je peux les reporter à l'année prochaine.",
        ),
        ("Comment changer mon mot de passe ?", "À quelle heure est la réunion ?", "Merci, ça marche maintenant"),
    ),
    "es": (
        (
            "¿Podría explicarme por qué la factura del mes pasado es más alta de lo que habíamos acordado?",
            "El comité decidió ayer que el puente viejo permanecerá cerrado al tráfico hasta que terminen las obras.",
            "Me gustaría saber cuántos días de vacaciones me quedan y si puedo pasarlos al año que viene.",
        ),
        ("¿Cómo cambio mi contraseña?", "¿A qué hora es la reunión?", "Gracias, ahora ya funciona"),
    ),
    "it": (
        (
            "Potrebbe spiegarmi per quale motivo la fattura del mese scorso è più alta di quanto avevamo concordato?",
            "Il comitato ha deciso ieri che il vecchio ponte resterà chiuso al traffico fino alla fine dei lavori.",
            "Vorrei sapere quanti giorni di ferie mi restano e se posso portarli all'anno prossimo.",
        ),
        ("Come cambio la mia password?", "A che ora è la riunione?", "Grazie, adesso funziona"),
    ),
    "pt": (
        (
            "Poderia me explicar por que a fatura do mês passado foi mais alta do que tínhamos combinado?",
            "A comissão decidiu ontem que a ponte velha ficará fechada ao trânsito até ao fim das obras.",
            "Gostaria de saber quantos dias de férias ainda tenho e se posso passá-los para o próximo ano.",
        ),
        ("Como altero a minha senha?", "A que horas é a reunião?", "Obrigado, agora já funciona"),
    ),
    "nl": (
        (
            "Kunt u mij uitleggen waarom de rekening van vorige maand hoger is uitgevallen dan we hadden afgesproken?",
            "De commissie heeft gisteren besloten dat de oude brug gesloten blijft tot de werkzaamheden klaar zijn.",
            "Ik wil graag weten hoeveel vakantiedagen ik nog heb en of ik ze mee mag nemen naar volgend jaar.",
        ),
        ("Hoe wijzig ik mijn wachtwoord?", "Hoe laat is de vergadering?", "Bedankt, nu werkt het weer"),
    ),
    "sv": (
        (
            "Kan du förklara varför räkningen för förra månaden blev högre än vad vi hade kommit överens om?",
            "Kommittén beslutade i går att den gamla bron ska vara stängd för trafik tills arbetet är klart.",
            "Jag skulle vilja veta hur många semesterdagar jag har kvar och om jag får spara dem till nästa år.",
        ),
        ("Hur byter jag mitt lösenord?", "När börjar mötet i dag?", "Tack, nu fungerar det"),
    ),
    "da": (
        (
            "Kan du forklare, hvorfor regningen for sidste måned blev højere, end vi havde aftalt?",
            "Udvalget besluttede i går, at den gamle bro skal være lukket for trafik, indtil arbejdet er færdigt.",
            "Jeg vil gerne vide, hvor mange feriedage jeg har tilbage, og om jeg må tage dem med til næste år.",
        ),
        ("Hvordan skifter jeg min adgangskode?", "Hvornår begynder mødet?", "Tak, nu virker det igen"),
    ),
    "no": (
        (
            "Kan du forklare meg hvorfor regningen for forrige måned ble høyere enn det vi hadde avtalt?",
            "Komiteen bestemte i går at den gamle broen skal være stengt for trafikk til arbeidet er ferdig.",
            "Jeg vil gjerne vite hvor mange feriedager jeg har igjen, og om jeg kan ta dem med til neste år.",
        ),
        ("Hvordan bytter jeg passordet mitt?", "Når begynner møtet?", "Takk, nå virker det igjen"),
    ),
    "fi": (
        (
            "Voisitteko selittää, miksi viime kuun lasku oli suurempi kuin mitä olimme sopineet?",
            "Valiokunta päätti eilen, että vanha silta pysyy suljettuna liikenteeltä, kunnes työt ovat valmiit.",
            "Haluaisin tietää, kuinka monta lomapäivää minulla on jäljellä ja voinko siirtää ne ensi vuodelle.",
        ),
        ("Miten vaihdan salasanani?", "Milloin kokous alkaa?", "Kiitos, nyt se toimii"),
    ),
    "pl": (
        (
            "Czy może mi pan wyjaśnić, dlaczego rachunek za zeszły miesiąc jest wyższy, niż ustaliliśmy?",
            "Komisja zdecydowała wczoraj, że stary most pozostanie zamknięty dla ruchu do końca prac.",
            "Chciałbym wiedzieć, ile dni urlopu mi jeszcze zostało i czy mogę je przenieść na przyszły rok.",
        ),
        ("Jak zmienić moje hasło?", "O której jest spotkanie?", "Dzięki, teraz już działa"),
    ),
    "cs": (
        (
            "Mohl byste mi vysvětlit, proč byl účet za minulý měsíc vyšší, než jsme se dohodli?",
            "Výbor včera rozhodl, že starý most zůstane uzavřen pro dopravu až do konce oprav.",
            "Chtěl bych vědět, kolik dní dovolené mi ještě zbývá a zda si je mohu převést do příštího roku.",
        ),
        ("Jak si změním heslo?", "V kolik hodin je schůzka?", "Děkuji, teď už to funguje"),
    ),
    "hu": (
        (
            "Meg tudná magyarázni, miért lett magasabb a múlt havi számla annál, mint amiben megállapodtunk?",
            "A bizottság tegnap úgy döntött, hogy a régi híd a munkálatok végéig zárva marad a forgalom elől.",
            "Szeretném tudni, hány szabadnapom maradt még, és átvihetem-e őket a következő évre.",
        ),
        ("Hogyan változtatom meg a jelszavamat?", "Mikor kezdődik a megbeszélés?", "Köszönöm, most már működik"),
    ),
    "ro": (
        (
            "Ați putea să-mi explicați de ce factura de luna trecută a fost mai mare decât am stabilit?",
            "Comitetul a hotărât ieri că podul vechi va rămâne închis traficului până la terminarea lucrărilor.",
            "Aș dori să știu câte zile de concediu mai am și dacă le pot muta în anul următor.",
        ),
        ("Cum îmi schimb parola?", "La ce oră este ședința?", "Mulțumesc, acum funcționează"),
    ),
    "tr": (
        (
            "Geçen ayın faturasının neden kararlaştırdığımızdan daha yüksek olduğunu açıklayabilir misiniz?",
            "Komite dün eski köprünün çalışmalar bitene kadar trafiğe kapalı kalmasına karar verdi.",
            "Kaç gün iznim kaldığını ve bunları gelecek yıla aktarıp aktaramayacağımı öğrenmek istiyorum.",
        ),
        ("Şifremi nasıl değiştirebilirim?", "Toplantı saat kaçta başlıyor?", "Teşekkürler, şimdi çalışıyor"),
    ),
    "id": (
        (
            "Bisakah Anda menjelaskan mengapa tagihan bulan lalu lebih tinggi daripada yang sudah kita sepakati?",
            "Panitia memutuskan kemarin bahwa jembatan lama akan tetap ditutup sampai perbaikan selesai.",
            "Saya ingin tahu berapa hari cuti saya yang tersisa dan apakah bisa dipindahkan ke tahun depan.",
        ),
        ("Bagaimana cara mengganti kata sandi saya?", "Jam berapa rapatnya dimulai?", "Terima kasih, sekarang sudah bisa"),
    ),
    "vi": (
        (
            "Bạn có thể giải thích cho tôi vì sao hóa đơn tháng trước lại cao hơn mức chúng ta đã thỏa thuận không?",
            "Hôm qua ủy ban đã quyết định cây cầu cũ sẽ tiếp tục đóng cửa cho đến khi sửa chữa xong.",
            "Tôi muốn biết tôi còn bao nhiêu ngày nghỉ phép và có thể chuyển chúng sang năm sau không.",
        ),
        ("Làm sao để đổi mật khẩu?", "Mấy giờ thì họp?", "Cảm ơn, giờ thì được rồi"),
    ),
    "ru": (
        (
            "Не могли бы вы объяснить, почему счёт за прошлый месяц оказался выше, чем мы договаривались?",
            "Вчера комитет решил, что старый мост останется закрытым для движения до окончания работ.",
            "Я хотел бы узнать, сколько дней отпуска у меня осталось и можно ли перенести их на следующий год.",
        ),
        ("Как сменить пароль?", "Во сколько начинается встреча?", "Спасибо, теперь всё работает"),
    ),
    "uk": (
        (
            "Чи не могли б ви пояснити, чому рахунок за минулий місяць виявився вищим, ніж ми домовлялися?",
            "Учора комітет вирішив, що старий міст залишиться закритим для руху до завершення робіт.",
            "Я хотів би дізнатися, скільки днів відпустки в мене лишилося і чи можна перенести їх на наступний рік.",
        ),
        ("Як змінити мій пароль?", "О котрій починається зустріч?", "Дякую, тепер усе працює"),
    ),
    "bg": (
        (
            "Бихте ли ми обяснили защо сметката за миналия месец е по-висока, отколкото се бяхме договорили?",
            "Вчера комисията реши, че старият мост ще остане затворен за движение до края на ремонта.",
            "Бих искал да знам колко дни отпуск ми остават и дали мога да ги прехвърля за следващата година.",
        ),
        ("Как да сменя паролата си?", "В колко часа е срещата?", "Благодаря, вече работи"),
    ),
    "el": (
        (
            "Θα μπορούσατε να μου εξηγήσετε γιατί ο λογαριασμός του περασμένου μήνα ήταν υψηλότερος από όσο είχαμε συμφωνήσει;",
            "Η επιτροπή αποφάσισε χθες ότι η παλιά γέφυρα θα μείνει κλειστή μέχρι να τελειώσουν οι εργασίες.",
            "Θα ήθελα να μάθω πόσες ημέρες άδειας μου απομένουν και αν μπορώ να τις μεταφέρω στον επόμενο χρόνο.",
        ),
        ("Πώς αλλάζω τον κωδικό μου;", "Τι ώρα είναι η συνάντηση;", "Ευχαριστώ, τώρα λειτουργεί"),
    ),
    "he": (
        (
            "האם תוכל להסביר לי מדוע החשבון של החודש שעבר היה גבוה יותר ממה שסיכמנו?",
            "הוועדה החליטה אתמול שהגשר הישן יישאר סגור לתנועה עד לסיום העבודות.",
            "הייתי רוצה לדעת כמה ימי חופשה נשארו לי והאם אפשר להעביר אותם לשנה הבאה.",
        ),
        ("איך מחליפים סיסמה?", "מתי מתחילה הפגישה?", "תודה, עכשיו זה עובד"),
    ),
    "ar": (
        (
            "هل يمكنك أن تشرح لي لماذا كانت فاتورة الشهر الماضي أعلى مما اتفقنا عليه؟",
            "قررت اللجنة أمس أن يبقى الجسر القديم مغلقا أمام حركة المرور حتى انتهاء الأعمال.",
            "أود أن أعرف كم بقي لي من أيام الإجازة وهل يمكنني نقلها إلى السنة القادمة.",
        ),
        ("كيف أغير كلمة المرور؟", "متى يبدأ الاجتماع؟", "شكرا، إنه يعمل الآن"),
    ),
    "fa": (
        (
            "آیا می‌توانید توضیح دهید چرا صورتحساب ماه گذشته بیشتر از آن چیزی بود که توافق کرده بودیم؟",
            "کمیته دیروز تصمیم گرفت که پل قدیمی تا پایان کارها به روی رفت و آمد بسته بماند.",
            "می‌خواهم بدانم چند روز مرخصی برایم باقی مانده و آیا می‌توانم آن را به سال آینده منتقل کنم.",
        ),
        ("چگونه رمز عبورم را عوض کنم؟", "جلسه کی شروع می‌شود؟", "ممنون، حالا کار می‌کند"),
    ),
    "hi": (
        (
            "क्या आप मुझे बता सकते हैं कि पिछले महीने का बिल हमारी सहमति से ज़्यादा क्यों आया?",
            "समिति ने कल तय किया कि मरम्मत पूरी होने तक पुराना पुल यातायात के लिए बंद रहेगा।",
            "मैं जानना चाहता हूँ कि मेरी कितनी छुट्टियाँ बची हैं और क्या मैं उन्हें अगले साल ले जा सकता हूँ।",
        ),
        ("मैं अपना पासवर्ड कैसे बदलूँ?", "बैठक कितने बजे है?", "धन्यवाद, अब यह चल रहा है"),
    ),
    "bn": (
        (
            "গত মাসের বিল কেন আমাদের কথার চেয়ে বেশি হলো তা কি আপনি আমাকে বুঝিয়ে বলতে পারেন?",
            "কমিটি গতকাল ঠিক করেছে যে মেরামত শেষ না হওয়া পর্যন্ত পুরোনো সেতুটি বন্ধ থাকবে।",
            "আমি জানতে চাই আমার কত দিনের ছুটি বাকি আছে এবং তা আগামী বছরে নেওয়া যাবে কি না।",
        ),
        ("আমি কীভাবে পাসওয়ার্ড বদলাব?", "সভা কখন শুরু হবে?", "ধন্যবাদ, এখন কাজ করছে"),
    ),
    "ta": (
        (
            "கடந்த மாத கட்டணம் நாம் ஒப்புக்கொண்டதை விட ஏன் அதிகமாக இருந்தது என்று விளக்க முடியுமா?",
            "பழுது பார்க்கும் பணி முடியும் வரை பழைய பாலம் மூடப்பட்டிருக்கும் என்று குழு நேற்று முடிவு செய்தது.",
            "எனக்கு இன்னும் எத்தனை நாள் விடுமுறை உள்ளது என்று தெரிந்து கொள்ள விரும்புகிறேன்.",
        ),
        ("கடவுச்சொல்லை எப்படி மாற்றுவது?", "கூட்டம் எப்போது தொடங்கும்?", "நன்றி, இப்போது வேலை செய்கிறது"),
    ),
    "th": (
        (
            "ช่วยอธิบายได้ไหมว่าทำไมใบแจ้งหนี้ของเดือนที่แล้วจึงสูงกว่าที่เราตกลงกันไว้",
            "เมื่อวานนี้คณะกรรมการตัดสินใจว่าสะพานเก่าจะปิดการจราจรจนกว่าจะซ่อมเสร็จ",
            "ฉันอยากทราบว่าฉันเหลือวันลาอีกกี่วันและยกไปใช้ปีหน้าได้หรือไม่",
        ),
        ("เปลี่ยนรหัสผ่านอย่างไร", "ประชุมกี่โมง", "ขอบคุณ ตอนนี้ใช้ได้แล้ว"),
    ),
    "zh": (
        (
            "请问您能解释一下为什么上个月的账单比我们约定的要高吗？",
            "委员会昨天决定，在维修工程结束之前，旧桥将继续对车辆关闭。",
            "我想知道我还剩多少天年假，以及能不能把它们转到明年使用。",
        ),
        ("怎么修改密码？", "会议几点开始？", "谢谢，现在可以了"),
    ),
    "ja": (
        (
            "先月の請求書が取り決めよりも高くなった理由を説明していただけますか。",
            "委員会は昨日、工事が終わるまで古い橋を通行止めのままにすることを決めました。",
            "有給休暇があと何日残っているか、来年に繰り越せるかどうかを知りたいです。",
        ),
        ("パスワードはどう変えますか？", "会議は何時からですか？", "ありがとう、直りました"),
    ),
    "ko": (
        (
            "지난달 청구서가 우리가 합의한 것보다 왜 더 많이 나왔는지 설명해 주시겠습니까?",
            "위원회는 어제 공사가 끝날 때까지 낡은 다리를 계속 폐쇄하기로 결정했습니다.",
            "휴가가 며칠 남았는지, 그리고 내년으로 넘길 수 있는지 알고 싶습니다.",
        ),
        ("비밀번호는 어떻게 바꾸나요?", "회의는 몇 시에 시작하나요?", "감사합니다, 이제 됩니다"),
    ),
}
"""By ISO 639 code: long, short."""
