"""Letters and what disguises put in their places, for ``evals.mutators``: written apart from the gateway's tables."""

from __future__ import annotations

import string

LOOKALIKES: dict[str, str] = {
    "a": "аɑα", "c": "сϲ", "e": "еҽ", "i": "іı", "j": "ј", "o": "оοօ", "p": "рρ", "s": "ѕ", "x": "хχ", "y": "уγ",
    "h": "һհ", "k": "к", "n": "ո", "u": "սυ", "d": "ԁ", "g": "ɡց", "q": "ԛ", "w": "ԝ", "v": "ѵν", "l": "ӏ",
    "A": "АΑᎪ", "B": "ВΒ", "C": "СᏟ", "E": "ЕΕᎬ", "H": "НΗ", "I": "ІΙ", "J": "ЈͿ", "K": "КΚ", "M": "МΜ", "N": "Ν",
    "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "ΖᏃ",
}
_DIGITS = "⓪①②③④⑤⑥⑦⑧⑨"
CIRCLED = {
    **{char: chr(0x24D0 + index) for index, char in enumerate(string.ascii_lowercase)},
    **{char: chr(0x24B6 + index) for index, char in enumerate(string.ascii_uppercase)},
    **{str(index): char for index, char in enumerate(_DIGITS)},
}
SQUARED = {char: chr(0x1F130 + index) for index, char in enumerate(string.ascii_uppercase)}
SMALL_CAPITALS = dict(zip(string.ascii_lowercase, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ", strict=True))
SUPERSCRIPT = dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
BRAILLE = dict(zip(string.ascii_lowercase, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", strict=True))
_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
MORSE = dict(zip(string.ascii_lowercase + string.digits, _CODES.split(), strict=True))
_SPOKEN = (
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
NATO = dict(zip(string.ascii_lowercase, _SPOKEN.split(), strict=True))
UPSIDE = dict(zip("abcdefghijklmnopqrstuvwxyz.,'?!()", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz˙',¿¡)(", strict=True))
LEET: dict[str, tuple[str, ...]] = {
    "a": ("4", "@"), "b": ("8",), "e": ("3",), "g": ("9", "6"), "i": ("1", "!"), "l": ("1", "|"), "o": ("0",),
    "s": ("5", "$"), "t": ("7", "+"), "z": ("2",),
}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {
    char: "".join(row[at] for at in (index - 1, index + 1) if 0 <= at < len(row))
    for row in _ROWS for index, char in enumerate(row)
}
"""The keys beside each letter's."""
