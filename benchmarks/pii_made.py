"""Makes values of each entity and near misses of them, from the entities' published rules, not from the guard's code.

A near miss has a wrong check digit, a digit more or less, stands inside another number, or is a number of something
else that looks alike.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import phonenumbers
from stdnum import luhn

from benchmarks.pii_national import NATIONAL

Draw = Callable[[Random], str]


@dataclass(frozen=True)
class Made:
    """``alone``: the share of texts in which no word introduces the value; ``carriers`` have such words."""

    value: Draw
    miss: Draw
    carriers: tuple[str, ...] = ()
    alone: float = 0.5


def digits(rng: Random, size: int) -> str:
    """``size`` digits; the first is no zero."""
    return rng.choice("123456789") + "".join(rng.choices(string.digits, k=size - 1)) if size else ""


def pick(*draws: Draw) -> Draw:
    """One of them."""
    return lambda rng: rng.choice(draws)(rng)


def shape(text: str) -> Draw:
    """``#`` is a digit, ``@`` a capital, ``%`` a lower-case letter, ``x`` in ``~`` a hexadecimal digit."""
    classes = {"#": string.digits, "@": string.ascii_uppercase, "%": string.ascii_lowercase, "~": "0123456789abcdef"}
    return lambda rng: "".join([rng.choice(classes[each]) if each in classes else each for each in text])


# --- e-mail addresses
_NAMES = ("john", "mary.smith", "o.brien", "j_doe", "first.last", "info", "no-reply", "x", "anna-maria", "sales+eu",
          "k9",
          "a.b.c", "MrX", "SUPPORT", "jürgen", "user%dept", "2fast", "name1990", "o'neill")
_HOSTS = ("example.com", "mail.example.co.uk", "gmail.com", "uni-bonn.de", "x.io", "sub.domain.company.museum",
          "EXAMPLE.ORG",
          "firm.technology", "a-b.net", "163.com", "student.ox.ac.uk", "t.co", "company.photography")


def email(rng: Random) -> str:
    return f"{rng.choice(_NAMES)}{rng.choice(('', '', str(rng.randint(1, 99))))}@{rng.choice(_HOSTS)}"


def email_miss(rng: Random) -> str:
    name, host = rng.choice(_NAMES), rng.choice(_HOSTS)
    return rng.choice((
        f"{name}@{host.partition('.')[0]}", f"{name} at {host}", f"@{name}", f"{name}.{host}", f"{name}@", f"@{host}",
        f"{name}@@{host}", f"{name}@.{host}", f"{name}@-{host}", f"{name}@{host.replace('.', ' .', 1)}",
        f"git@{host}:team/repo.git", f"icon{rng.randint(1, 9)}@2x.png",
        f"{name}@{rng.randint(1, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}",
        f"https://medium.com/@{name}/a", f"{name}#{host}", f"{name}@{host.rpartition('.')[0].replace('.', '-')}",
    ))


# --- cards
_ISSUERS = ((("4",), (16, 16, 13, 19)), (("51", "55", "2221", "2720"), (16,)), (("34", "37"), (15,)), (("6011", "65",
                                                                                                        "644"), (16,)),
            (("3528", "3589"), (16,)), (("36", "300", "38"), (14,)), (("62",), (16, 19)), (("5018", "6304", "6759"),
                                                                                           (12, 13, 16, 18, 19)))
_GROUPS = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4), 19: (4, 4, 4, 4, 3)}


def _card(rng: Random, *, valid: bool = True) -> str:
    heads, sizes = rng.choice(_ISSUERS)
    head, size = rng.choice(heads), rng.choice(sizes)
    body = head + "".join(rng.choices(string.digits, k=size - 1 - len(head)))
    check = luhn.calc_check_digit(body)
    return body + (check if valid else str((int(check) + rng.randint(1, 9)) % 10))


def _grouped(rng: Random, number: str) -> str:
    separator, out = rng.choice(("", "", " ", "-")), []
    for size in _GROUPS.get(len(number), ()) if separator else ():
        out.append(number[:size])
        number = number[size:]
    return separator.join(out) if out else number


def card(rng: Random) -> str:
    return _grouped(rng, _card(rng))


def card_miss(rng: Random) -> str:
    number = _card(rng)
    return rng.choice((
        _grouped(rng, _card(rng, valid=False)), _grouped(rng, _card(rng, valid=False)), _grouped(rng, _card(rng,
                                                                                                            valid=False)),
        number + digits(rng, 8), "A" + number, number + "b", f"{number}.{digits(rng, 2)}", f"0.{number}",
        number[:11], shape("~~~~~~~~-~~~~-~~~~-~~~~-~~~~~~~~~~~~")(rng), f"17{digits(rng, 11)}", f"1{number}",
        f"{digits(rng, 3)}-{digits(rng, 7)}-{digits(rng, 7)}", "0000 0000 0000 0000", f"{number}-{number}",
    ))


# --- bank accounts
_ACCOUNTS = {
    "DE": "#" * 18, "GB": "@@@@" + "#" * 14, "FR": "#" * 10 + "#@#########" + "##", "ES": "#" * 20,
    "IT": "@" + "#" * 22,
    "NL": "@@@@" + "#" * 10, "BE": "#" * 12, "AT": "#" * 16, "CH": "#" * 17, "PL": "#" * 24, "PT": "#" * 21,
    "SE": "#" * 20,
    "NO": "#" * 11, "DK": "#" * 14, "FI": "#" * 14, "IE": "@@@@" + "#" * 14, "GR": "#" * 23, "CZ": "#" * 20,
    "HU": "#" * 24,
    "RO": "@@@@" + "#" * 16, "BG": "@@@@" + "#" * 14, "HR": "#" * 17, "SI": "#" * 15, "SK": "#" * 20, "LT": "#" * 16,
    "LV": "@@@@" + "#" * 13, "EE": "#" * 16, "LU": "#" * 16, "MT": "@@@@" + "#" * 23, "CY": "#" * 24, "IS": "#" * 22,
    "TR": "#" * 22, "AE": "#" * 19, "SA": "#" * 20, "IL": "#" * 19, "BR": "#" * 23 + "@#", "UA": "#" * 25,
    "KZ": "#" * 16,
}


def _iban(rng: Random, *, valid: bool = True) -> str:
    country = rng.choice(tuple(_ACCOUNTS))
    account = shape(_ACCOUNTS[country])(rng)
    check = 98 - int("".join([str(int(each, 36)) for each in account + country + "00"])) % 97
    if not valid:
        check = (check - 2 + rng.randint(1, 96)) % 97 + 2
    return f"{country}{check:02}{account}"


def _fours(rng: Random, number: str) -> str:
    chance = rng.random()
    grouped = " ".join([number[at : at + 4] for at in range(0, len(number), 4)])
    if chance < 0.5:
        return grouped
    return number.lower() if chance < 0.6 else grouped.replace(" ", "-") if chance < 0.65 else number


def iban(rng: Random) -> str:
    return _fours(rng, _iban(rng))


def iban_miss(rng: Random) -> str:
    number = _iban(rng)
    return rng.choice((
        _fours(rng, _iban(rng, valid=False)), _fours(rng, _iban(rng, valid=False)), number[:-1], number + digits(rng,
                                                                                                                 1),
        "XX" + number[2:], number[2:], number[:2] + "00" + number[4:], f"X{number}",
        shape("@@##-@@##-####-####-####")(rng),
        shape("@@################@@")(rng), number[:8],
    ))


# --- network addresses
def ip(rng: Random) -> str:
    chance = rng.random()
    if chance < 0.6:
        return ".".join([str(rng.randint(1, 254)), *[str(rng.randint(0, 255)) for _ in range(2)], str(rng.randint(1,
                                                                                                                  254))])
    if chance < 0.7:
        return rng.choice((f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
                           f"192.168.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
                           f"172.{rng.randint(16, 31)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"))
    groups = [f"{rng.randint(1, 65535):x}" for _ in range(8)]
    if chance < 0.85:
        return ":".join([each.zfill(4) if chance < 0.8 else each for each in groups])
    groups[0] = rng.choice(("2001", "fe80", "2a02", "fd12"))
    cut = rng.randint(1, 5)
    return ":".join(groups[:cut]) + "::" + ":".join(groups[cut : rng.randint(cut + 1, 6)])


def ip_miss(rng: Random) -> str:
    octets = [str(rng.randint(0, 255)) for _ in range(4)]
    wrong = [*octets]
    wrong[rng.randrange(4)] = str(rng.randint(256, 999))
    groups = [f"{rng.randint(1, 65535):x}" for _ in range(8)]
    return rng.choice((
        ".".join(wrong), ".".join(wrong), ".".join(octets[:3]), ".".join([*octets, octets[0]]),
        ".".join(octets) + "." + digits(rng, 3),
        "v" + ".".join([str(rng.randint(0, 20)) for _ in range(4)]),
        f"version {rng.randint(1, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}",
        f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}", shape("~~:~~:~~:~~:~~:~~")(rng),
        ":".join([*groups, groups[0]]),
        ":".join(groups[:5]), "g" + ":".join(groups), "std::vector",
        f"{rng.randint(1, 30)}:{rng.randint(1, 30)}-{rng.randint(31, 60)}",
        f"section {rng.randint(1, 9)}.{rng.randint(1, 9)}.{rng.randint(1, 9)}.{rng.randint(1, 9)}",
    ))


# --- US social security numbers
def ssn(rng: Random) -> str:
    area = rng.choice([each for each in range(1, 900) if each != 666])
    number = f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"
    return number if number not in ("078-05-1120", "219-09-9999", "457-55-5462") else ssn(rng)


def ssn_miss(rng: Random) -> str:
    number = ssn(rng)
    return rng.choice((
        f"000{number[3:]}", f"666{number[3:]}", f"9{number[1:]}", number[:4] + "00" + number[6:], number[:7] + "0000",
        number + digits(rng, 1),
        digits(rng, 1) + number, number[:-1], f"{number}-{digits(rng, 2)}", f"{digits(rng, 2)}-{number}",
        f"{digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 4)}",
        f"{rng.randint(1990, 2030)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        f"{digits(rng, 5)}-{digits(rng, 4)}", f"{digits(rng, 2)}-{digits(rng, 7)}",
        f"A{number}", f"{number}x",
    ))


# --- telephone numbers
_US = ("({a}) {b}-{c}", "{a}-{b}-{c}", "{a}.{b}.{c}", "+1 {a} {b} {c}", "+1-{a}-{b}-{c}", "1-{a}-{b}-{c}",
       "+1{a}{b}{c}", "({a}){b}-{c}", "{a} {b} {c}",
       "001-{a}-{b}-{c}", "{a}-{b}-{c}x{d}", "({a}) {b}-{c} ext. {d}", "+1 ({a}) {b}-{c}", "1 ({a}) {b}-{c}",
       "{a}/{b}-{c}")
_REGIONS = ("GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "SE", "NO", "DK", "FI", "PL", "PT", "IE", "CZ", "HU",
            "RO", "GR", "TR", "RU", "UA", "IL",
            "IN", "PK", "CN", "JP", "KR", "SG", "AU", "NZ", "ZA", "NG", "KE", "EG", "BR", "MX", "AR", "CO", "CL", "CA",
            "AE", "SA", "TH", "VN", "PH", "ID", "MY")
_CALLS = ("call {}", "phone: {}", "Tel. {}", "my number is {}", "mobile {}", "Fax {}", "reach me at {} please",
          "cell: {}", "ring {} after six", "T: {}",
          "Phone number: {}", "WhatsApp {}", "contact number {}")


def _us_phone(rng: Random) -> str:
    form = rng.choice(_US)
    return form.format(a=f"{rng.randint(2, 9)}{rng.randint(0, 8)}{rng.randint(0, 9)}",
                       b=f"{rng.randint(2, 9)}{digits(rng, 2)}",
                       c=f"{rng.randint(0, 9999):04}", d=digits(rng, rng.randint(3, 4)))


def _world_phone(rng: Random, *, abroad: bool) -> str:
    """A valid number of some region, its last digits drawn anew."""
    for _ in range(50):
        region = rng.choice(_REGIONS)
        kind = rng.choice((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE))
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        text = str(example.national_number)
        number = phonenumbers.PhoneNumber(example.country_code, int(text[:-5] + "".join(rng.choices(string.digits,
                                                                                                    k=5))),
                                          italian_leading_zero=example.italian_leading_zero)
        if phonenumbers.is_valid_number(number):
            kinds = phonenumbers.PhoneNumberFormat
            return phonenumbers.format_number(number, rng.choice((kinds.E164,
                                                                  kinds.INTERNATIONAL)) if abroad else kinds.NATIONAL)
    return "+44 20 7946 0958"


def phone_miss(rng: Random) -> str:
    day = pick(shape("##/##/20##"), shape("20##-1#-2#"), shape("2#.1#.19##"), shape("1#:5#:4#"))
    return rng.choice((
        day(rng), f"order {digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 4)}", shape("ISBN 978-#-###-#####-#")(rng),
        ".".join([str(rng.randint(0, 255)) for _ in range(4)]), shape("$1##,###.##")(rng), ssn(rng), _card(rng),
        digits(rng, 10), digits(rng, 7), f"{digits(rng, 5)}-{digits(rng, 4)}", f"invoice {digits(rng, 9)}",
        f"{digits(rng, 2)}.{digits(rng, 6)}, {digits(rng, 2)}.{digits(rng, 6)}",
        f"{digits(rng, 3)} {digits(rng, 3)} units",
        " ".join([digits(rng, 4) for _ in range(4)]), f"{digits(rng, 3)}-{digits(rng, 7)}-{digits(rng, 7)}",
        f"build {digits(rng, 4)}.{digits(rng, 4)}", f"{rng.randint(1990, 2020)}-{rng.randint(2021, 2030)}",
        f"+{rng.randint(1, 99)} points", f"tracking 1Z{digits(rng, 3)}{digits(rng, 10)}",
        f"{digits(rng, 3)}-{digits(rng, 2)}",
        shape("~~~~~~~~-~~~~-~~~~-~~~~-~~~~~~~~~~~~")(rng),
        f"{rng.randint(1, 9)}-{rng.randint(1, 9)}, {rng.randint(1, 9)}",
    ))


def called_miss(rng: Random) -> str:
    """What stands behind "call" or "phone" and is no number that one could dial."""
    day = pick(shape("1#/0#/20##"), shape("20##-1#-2#"), shape("2#.1#.19##"), shape("1#:5#:4#"))
    return rng.choice((
        day(rng), f"{digits(rng, 3)}.{digits(rng, 4)}", shape("ISBN 978-#-###-#####-#")(rng), shape("$##,###.##")(rng),
        f"{rng.randint(1990, 2020)}-{rng.randint(2021, 2030)}", digits(rng, rng.randint(2, 5)), digits(rng, 17),
        f"+{rng.randint(1, 99)} points", shape("~~~~~~~~-~~~~-~~~~-~~~~-~~~~~~~~~~~~")(rng),
        f"{digits(rng, 2)}.{digits(rng, 6)}, {digits(rng, 2)}.{digits(rng, 6)}", f"{digits(rng, 3)}-{digits(rng, 2)}",
    ))


def us_phone_or_world(rng: Random) -> str:
    return _us_phone(rng) if rng.random() < 0.5 else _world_phone(rng, abroad=True)


MADE: dict[str, Made] = {
    "EMAIL_ADDRESS": Made(email, email_miss, ("mail {}", "<{}>", "Contact: {}.", "mailto:{}")),
    "CREDIT_CARD": Made(card, card_miss, ("my card {}", "Visa {}", "card number: {}.", "pay with {} 12/27", "cc={}")),
    "IBAN_CODE": Made(iban, iban_miss, ("IBAN {}", "IBAN: {}.", "transfer to {} please", "account {},")),
    "IP_ADDRESS": Made(ip, ip_miss, ("ip {}", "from {} port 22", "host {} is down", "client={},", "[{}]",
                                     "http://{}/x", "{}/24")),
    "US_SSN": Made(ssn, ssn_miss, ("SSN {}", "ssn: {}", "social security number {}.", "my social is {}")),
    "PHONE_NUMBER": Made(us_phone_or_world, phone_miss, ("at {}",)),
    "PHONE_NUMBER national": Made(lambda rng: _world_phone(rng, abroad=False), called_miss, _CALLS, 0.0),
    **{entity: Made(value, miss, carriers, alone) for entity, (value, miss, carriers, alone) in NATIONAL.items()},
}
"""By entity; what follows a blank tells apart two makings of one: national numbers are introduced by a word."""
