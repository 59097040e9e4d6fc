"""Letters that pass for Latin ones, and alphabets that only draw them differently: what canonical text reads them as.

Scripts that people write in (Cyrillic, Greek, Armenian, Cherokee …) are folded letter by letter too, in the reading
alone: the text itself is never changed by it.
"""

from __future__ import annotations

LOOKALIKES = str.maketrans(
    "аАвВеЕзЗиіІјЈкКмМнНоОрРсСтТуУхХԁԛԝһԍѕЅӏӀԌԚԜүҮѵѴҽгп"  # Cyrillic
    "αΑβΒεΕηΗιΙκΚμΜνΝοΟρΡτΤυΥχΧζΖϲϹγϳͿ"  # Greek
    "օՕոռսՍհցգզաքՏ"  # Armenian
    "ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᎩᏃᏂᏏᎥᏧ"  # Cherokee
    "ꮯꭰꭼꮐꮋꭻꮶꮮꮇꮲꮢꮪꭲꮩꮃꭹꮓ"
    "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ"  # Lisu
    "ıłŁøØđĐħĦŧŦɑɡɩƅƽʋɣ℮ꬲꬵꭒ"
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢǫ"  # small capitals
    "‐‑‒–—―−⁃﹘﹣"
    "‘’‚‛“”„‟«»′″‹›",
    "aAbBeE33uiIjJkKmMhHoOpPcCtTyYxXdqwhGsSlIGQWyYvVern"
    "aAbBeEnHiIkKuMvNoOpPtTuYxXzZcCyjJ"
    "oOnnuShgqqwfS"
    "ABCDEGHJKLMPRSTVWYZhbid"
    "CDEGHJKLMPRSTVWYZ"
    "ABCDEFGHIJKLMNOPRSTUVWXYZ"
    "ilLoOdDhHtTagibsuyeefu"
    "abcdefghijklmnopqrstuvwyzq"
    "----------"
    "''''\"\"\"\"\"\"'\"''",
)
WIDE = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "th", "…": "...", "⁄": "/", "∕": "/", "。": ".", "·": "."}
_BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"
DRAWN: dict[str, str] = {
    **dict(zip(_BRAILLE, "abcdefghijklmnopqrstuvwxyz", strict=True)),
    "⠲": ".", "⠂": ",", "⠦": "?", "⠖": "!", "⠤": "-", "⠀": " ",
    **{chr(first + index): chr(65 + index) for first in (0x1F130, 0x1F150, 0x1F170) for index in range(26)},
}
"""Whole alphabets that stand in no table of Unicode's: Braille (its capital and number signs are swallowed, its blank
is a space), letters in squares and on discs."""
DRAWN |= dict.fromkeys("⠠⠼", "")
