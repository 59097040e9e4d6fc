"""Strings without sense: the suffixes that machines search for to break a model, and the odd strings of everyday data.

Both by rule, from random vocabulary, so that no list of known suffixes is learned by heart.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Sequence

_MARKS = ("!", "!!", "--", "]]", "((", ")(", "{\\", "}}", "++", ";)", "==", "<<", "\\n", '"', "'", "[/", "***",
          "|>", "::", "~", "$$", "<!--", "/*", "->", "@{", "#", "%%", "=>", "^", "?!", "\\\\", "»", "...", "&&",
          "</", "`", "_{", "|", ",,", ":-")
_ENDS = ("Sure", "sure", "Here", "begin", "step", "tutorial", "revert", "Yes", "answer", "output", "now", "ok",
         "format", "below")
_CODE = ("textbf", "printf", "lambda", "NSString", "getElement", "oplus", "mathrm", "varchar", "foreach", "async",
         "href", "struct", "endl", "rand", "usercontent", "itemize", "strlen", "nullptr", "subplot", "await", "div",
         "yaml", "init")
_ODD = ("L", "HEX", "HEXHEX", "S==", "/W/O.S", "^[a-z]+\\d{N,}$", "W_O_N", "W;N;;O;-", "C:\\W\\O.dll",
        '<W id="N"/>', '{"W": [N, null, "O"]}', "W@N#O!!", "$$W_{N}^{2}$$", "0xHEX ?? S", "O,W,,N",
        "#!/usr/bin/W-N", "%Nd\\t%s\\n", "N-S-N", ":W: ¯\\_(ツ)_/¯ N", "Ne-12 ± 3", "\\frac{W}{N}", "W::O<T*>(&S)",
        "O~>W~>N??", "S.W.N", "W=N&O=S", "[W](O:N)", "N!W!N", "<<O>> N <<W>>", "--W=N --O=S", "W%20O%3DN",
        "&W;&#N;S", "U+N W")
"""W, O: words; N: a number; S, L: short and long random letters."""
_PLACE = re.compile(r"HEX|(?<![A-Za-z])[WONSL](?![A-Zb-z])|(?<=_)[WONS]|N(?=e-|d)")
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"


def _syllables(chance: random.Random) -> str:
    return "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(1, 4)))


def _token(chance: random.Random, words: Sequence[str]) -> str:
    kind = chance.randrange(8)
    if kind == 0:
        return chance.choice(_MARKS)
    if kind == 1:
        return chance.choice(_CODE)
    if kind == 2:
        return _syllables(chance)
    if kind == 3:
        return chance.choice(words) + chance.choice(words).capitalize()
    if kind == 4:
        return chance.choice(_ENDS)
    if kind == 5:
        return chance.choice(words).upper() if chance.random() < 0.5 else chance.choice(words).capitalize()
    return chance.choice(words) + (chance.choice(_MARKS) if chance.random() < 0.4 else "")


def suffix(chance: random.Random, words: Sequence[str]) -> str:
    """6 to 40 tokens of soup; ``words``: ordinary ones to mix in. Some are glued, some repeat one token."""
    count = chance.randint(6, 40)
    if chance.random() < 0.12:
        return (chance.choice(("! ", "x ", ". ", "\\ ", ") ", "~ ")) * count).strip() + " " + chance.choice(_ENDS)
    glue = chance.choice((" ", " ", " ", " ", "", "_"))
    tokens = [_token(chance, words) for _ in range(count)]
    return (glue or " ").join(tokens) if glue else "".join(each + chance.choice(("", " ")) for each in tokens)


def oddity(chance: random.Random, words: Sequence[str]) -> str:
    """An odd string that data, code and logs are full of: a hash, an id, a pattern, a path, a row."""
    letters = "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(chance.randint(8, 44)))
    filled = {"W": chance.choice(words), "O": chance.choice(words), "S": letters[:6], "L": letters,
              "HEX": f"{chance.getrandbits(64):016x}"}
    return _PLACE.sub(lambda found: filled.get(found[0]) or str(chance.randint(2, 99_999)), chance.choice(_ODD))
