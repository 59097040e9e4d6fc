"""Values of notation: what stands beside names in real text, so that the encoder learns what they are not.

Finding them is the patterns' work; a tagger only has to leave them whole.
"""

from __future__ import annotations

import unicodedata
from random import Random

from stdnum import luhn

_DOMAINS = ("example.com", "gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "gmx.de", "web.de", "orange.fr",
            "libero.it",
            "icloud.com", "proton.me", "company.co.uk", "uni.edu", "firm.io", "mail.ru", "qq.com", "corp.net",
            "acme.org")
_PHONES = (
    "(###) ###-####", "###-###-####", "###.###.####", "+1 ### ### ####", "+1-###-###-####", "1-###-###-####",
    "(###)###-####",
    "+1 (###) ###-####", "##########", "###-###-#### ext. ###", "###-###-####x####", "+44 20 #### ####",
    "+44 7### ######",
    "020 #### ####", "07### ######", "0161 ### ####", "+49 30 #######", "+49 (0)89 ######", "030/#######",
    "0171 #######",
    "+33 # ## ## ## ##", "0# ## ## ## ##", "+34 ### ### ###", "6## ## ## ##", "+39 06 #### ####", "+31 6 ########",
    "06-########",
    "+41 44 ### ## ##", "+46 8 ### ### ##", "+48 ### ### ###", "+91 ##### #####", "+91-##########", "+81 3 #### ####",
    "+86 138 #### ####",
    "+55 11 9####-####", "(11) 9####-####", "+61 4## ### ###", "04## ### ###", "+27 ## ### ####", "+234 80# ### ####",
    "+254 7## ######",
    "+52 55 #### ####", "+7 9## ###-##-##", "+90 5## ### ## ##", "+353 8# ### ####", "00 49 30 #######",
    "+65 #### ####", "+82 10-####-####",
)
_CARDS = (("4", 16), ("5#", 16), ("34", 15), ("37", 15), ("6011", 16), ("36", 14), ("35", 16))
_COUNTRIES = (("DE", 18), ("GB", "@@@@##############"), ("FR", 23), ("NL", "@@@@##########"), ("ES", 20), ("IT",
              "@######################"),
              ("BE", 12), ("AT", 16), ("CH", 17), ("PL", 24), ("PT", 21), ("SE", 20), ("NO", 11), ("DK", 14), ("FI",
                                                                                                               14),
                                                                                                               ("IE",
                                                                                                                "@@@@##############"))


def shaped(rng: Random, shape: str) -> str:
    """``#`` becomes a digit and ``@`` a capital."""
    drawn = {"#": "0123456789", "@": "ABCDEFGHKLMNPRSTUVWXYZ"}
    return "".join([rng.choice(drawn.get(each, each)) for each in shape])


def email(rng: Random, given: str, family: str) -> str:
    """An address that may spell the name."""
    first, last = plain(given) or "info", plain(family) or "x"
    local = rng.choice((f"{first}.{last}", f"{first}{last}", f"{first[0]}.{last}", f"{first[0]}{last}",
                        f"{last}.{first}",
                        f"{first}{rng.randint(1, 99)}", f"{first}_{last}", f"{last}{rng.randint(60, 2010)}", "info",
                        "office"))
    own = last + rng.choice((".com", ".de", ".net", ".org", ".co", ".fr"))
    return f"{local}@{rng.choice(_DOMAINS) if rng.random() < 0.7 else own}"


def username(rng: Random, given: str, family: str) -> str:
    """A log-in name or handle."""
    first, last = plain(given) or "user", plain(family) or "x"
    return rng.choice((f"{first}{rng.randint(1, 999)}", f"{first[0]}{last}", f"{last}_{first}", f"the_real_{first}",
                       f"{last[:4]}{rng.randint(10, 99)}"))


def handle(rng: Random, left: str, right: str, animal: str) -> str:
    """What people call themselves where nobody knows them: no name of theirs."""
    first, last, beast = left.lower(), right.lower(), plain(animal)
    number = rng.choice(("", "", str(rng.randint(1, 99)), str(rng.randint(1970, 2015))))
    return rng.choice((f"{first}{beast}{number}", f"{first}_{last}{number}", f"{left}{animal}{number}",
                       f"the_{first}_{beast}", f"xX_{beast}_Xx", f"{beast}.{last}{number}", f"{first}-{beast}",
                       f"not_a_{beast}{number}", f"{beast}lover{number}", f"{first}n{last}", f"its_{first}{number}"))


def gadget(rng: Random, left: str, right: str) -> str:
    """The name of a thing for sale, told from a firm's by its number or version."""
    ending = rng.choice((f"{rng.randint(2, 9)}", f"{rng.randint(1, 99)}00", f"X{rng.randint(1, 99)}", "Pro Max", "Mini",
                         f"{rng.choice('ABGKRSTZ')}{rng.randint(10, 999)}", f"Mk {rng.randint(2, 5)}", "Plus 2"))
    return rng.choice((f"{left}{right.lower()} {ending}", f"{left}{right} {ending}", f"{left} {right} {ending}"))


def plain(text: str) -> str:
    """Lower-case ASCII letters of a name."""
    return "".join([each for each in unicodedata.normalize("NFKD", text).lower() if "a" <= each <= "z"])


def phone(rng: Random) -> str:
    """A telephone number of some country; no number starts with 0 or 1 where its plan forbids it."""
    return shaped(rng, rng.choice(_PHONES)).replace("(0", "(2").replace("(1", "(3")


def card(rng: Random) -> str:
    """A card number with its check digit, grouped or not."""
    head, size = rng.choice(_CARDS)
    body = shaped(rng, head + "#" * (size - 1 - len(head)))
    digits = body + luhn.calc_check_digit(body)
    groups = (4, 6, 5) if size == 15 else (4,) * 4
    separator, out = rng.choice(("", "", " ", "-")), []
    for each in groups:
        out.append(digits[:each])
        digits = digits[each:]
    return separator.join([each for each in out if each])


def iban(rng: Random) -> str:
    """An IBAN with its check digits (ISO 7064 mod 97-10), in groups of four or not."""
    country, rest = rng.choice(_COUNTRIES)
    account = shaped(rng, "#" * rest if isinstance(rest, int) else rest)
    number = int("".join([str(int(each, 36)) for each in account + country + "00"]))
    whole = f"{country}{98 - number % 97:02}{account}"
    return " ".join([whole[at : at + 4] for at in range(0, len(whole), 4)]) if rng.random() < 0.5 else whole


def ssn(rng: Random) -> str:
    """A US social security number."""
    return f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def ip(rng: Random) -> str:
    """An address of either version."""
    if rng.random() < 0.2:
        return ":".join([f"{rng.randint(1, 65535):x}" for _ in range(8)])
    return ".".join([str(rng.randint(1, 254)) for _ in range(4)])


def url(rng: Random, word: str) -> str:
    """A link."""
    host = plain(word) or "site"
    return rng.choice((f"https://www.{host}.com/{rng.randint(1, 99)}", f"http://{host}.org", f"www.{host}.net",
                       f"https://{host}.io/a/b?id={rng.randint(1, 999)}"))


def money(rng: Random) -> str:
    """An amount."""
    amount = int(10 ** rng.uniform(1, 6))
    return rng.choice((f"${amount:,}", f"{amount} EUR", f"€{amount:,}.00", f"£{amount}", f"{amount:,} USD",
                       f"{amount} dollars", f"Rs. {amount:,}", f"CHF {amount}.-"))


def reference(rng: Random) -> str:
    """The number of a case, an order, a policy, an article: nobody's."""
    return shaped(rng, rng.choice(("@@-#####", "#######", "@##-####-@", "INC#######", "####/##", "@@@-###",
                                   "PO-######", "#-###-###", "@@######", "#####-@#")))


def uuid(rng: Random) -> str:
    """A UUID's notation."""
    text = "".join(rng.choices("0123456789abcdef", k=32))
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
