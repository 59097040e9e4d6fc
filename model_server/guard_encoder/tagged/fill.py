"""What a placeholder of a template becomes: one function a kind, each drawing from the same generator.

``Draw`` holds what belongs together in one text: its culture, its country and the person it was last about.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from model_server.guard_encoder.tagged import addresses, mailing, times, values
from model_server.guard_encoder.tagged.firms import Firms
from model_server.guard_encoder.tagged.vocabulary import Vocabulary, name

_FORMS = ("{g} {f}",) * 18 + (
    "{g} {l}. {f}", "{g} {m} {f}", "{g} {f}-{f2}", "{l}. {f}", "{g} {f} Jr.", "{g}-{m} {f}", "{g} {f} {f2}",
    "{g} de {f}",
    "{g} van {f}", "{g} {l}. {l2}. {f}", "{l}.{l2}. {f}", "{g} {f} III",
    "{g} bin {m}", "{g} binti {m}", "{g} al-{f}", "{g} Abu {f}", "{g} O'{f}", "{g} von der {f}", "{g} dos {f}",
    "{g} della {f}", "{g} {f} y {f2}", "{g} {f} e {f2}", "{f} {g}", "{f} {g}-{m}", "{g} {m} {l}. {f}", "{g} ap {m}",
    "{g} {m}-{f}",
)
_LONG = (
    "{g} {m} {f} {f2}", "{g} de los {m} {f} {f2}", "{g} {m} de {f} e {f2}", "{g} {l}. {l2}. {f}-{f2}", "{F} {g}",
    "{F} {g} {m}", "{F}, {g} {l}.", "{f}, {g} {m}", "{f} {m} {g}", "{g} {f} Sr.", "{g} {f} IV", "{g} {f}, Jr.",
    "{g} {m} {f}-{f2}", "{g}-{m} {f}-{f2}", "{l}. {m} {f}", "{f} {l}", "{f} {l}{l2}", "{g} “{n}” {f}",
    '{g} "{n}" {f}', "{g} '{n}' {f}", "{g} ({n}) {f}", "{n} {f}", "{n} {f}-{f2}", "{g} van den {f}", "{g} van 't {f}",
    "{g} 't {f}",
    "{g} von {f}", "{g} von und zu {f}", "{g} zu {f}", "{g} du {f}", "{g} d'{f}", "{g} D'{f}", "{g} l'{f}",
    "{g} di {f}",
    "{g} da {f} {f2}", "{g} do {f}", "{g} de la {f}", "{g} del {f}", "{g} Mac {f}", "{g} Mc{f}",
    "{g} Ó {f}", "{g} Ní {f}",
    "{g} ibn {m} al-{f}", "{g} bint {m}", "{g} ben {m}", "{g} bat {m}", "{g} ould {m}", "{g} ag {m}", "{g} ap {m} {f}",
    "Abd al-{f} {m}", "Abdul {m} {f}", "Abu {m} {f}", "{g} {m} {m2} {f}", "Nguyen Thi {m} {g}",
    "{f} {g} {m}", "{g} {f} Hernández de {f2}", "{g} {f} viuda de {f2}", "{g} {f} {f2}-{f}",
    "{g} St. {f}", "{g} Te {f}", "{g} {m}son", "{g} {m}sdóttir", "{g} {m}ovich {f}", "{g} {m}ovna", "{g} {m}evna {f}",
    "{g} {f}oğlu", "{g} {l} {f}", "{l} {l2} {f}", "{l} {f}", "{l}{l2} {f}", "{l}.{f}",
)
"""Forms of names that English text has seldom."""
_TITLES = ("Mr.", "Mr", "Mrs.", "Mrs", "Ms.", "Ms", "Miss", "Dr.", "Dr", "Prof.", "Professor", "Sir", "Madam", "Rev.",
           "Fr.",
           "Judge", "Captain", "Herr", "Frau", "Señor", "Señora", "Monsieur", "Madame", "Signora", "Doctor", "Capt.",
           "Sgt.")
_TOWNS = ("{p}ville", "{p}ton", "{p} Springs", "{p}burg", "{p}field", "{p} Falls", "{p}ford", "{p}stad", "{p}heim",
          "{p}pur", "{p}abad", "{p}ovo", "{p}-on-Sea", "{p}-upon-Trent", "{p} St. {g}", "St. {g}", "Saint-{g}-sur-Mer",
          "San {g}", "Santa {g}", "Upper {p}", "Lower {p}", "Little {p}", "Great {p}", "North {p}", "East {p}",
          "Bad {p}", "Fort {p}", "Port {p}", "Mount {p}", "{p} Heights", "{p} Beach", "{p} Creek", "{p} Hills",
          "{p}bury", "{p}by", "{p}ham", "{p}thorpe", "{p}dorf", "{p}hausen", "{p}wil", "Villa {p}", "{p}grad", "{p}ów")
"""Places that are called after families and saints, in shapes that places have."""
_AIRLINES = ("LH", "BA", "AF", "UA", "KL", "SQ", "EK", "TK")
_COMMON_TITLES = 8
"""So many of them, in front, make up two thirds."""


class Draw:
    """The values of one text."""

    def __init__(self, rng: Random, vocabulary: Vocabulary) -> None:
        self.rng, self.vocabulary = rng, vocabulary
        self.country = addresses.country(rng)
        self.culture = rng.choice(vocabulary.cultures)
        self.person = ("", "")
        self.day = times.day(rng)
        self.firms = Firms(rng, vocabulary, self.given, self.family)

    def word(self, kind: str) -> str:
        return self.rng.choice(self.vocabulary.lists[kind])

    def given(self) -> str:
        return name(self.rng, self.vocabulary, "given", self._culture())

    def family(self) -> str:
        return name(self.rng, self.vocabulary, "family", self._culture())

    def _culture(self) -> str:
        """English names are as frequent as they are in English text; a text's people often share a culture."""
        chance = self.rng.random()
        if chance < 0.25:
            return "english"
        return self.culture if chance < 0.7 else self.rng.choice(self.vocabulary.cultures)

    def full(self, rarely: bool = False) -> str:
        """A whole name; ``rarely``: in a form that is seldom."""
        given, family, letters = self.given(), self.family(), "ABCDEFGHJKLMNPRSTVW"
        self.person = (given, family)
        form = self.rng.choice(_LONG if rarely or self.rng.random() < 0.08 else _FORMS)
        for mark, value in (("{g}", given), ("{f}", family), ("{F}", family.upper()), ("{m}", self.given()),
                            ("{m2}", self.given()), ("{f2}", self.family()), ("{n}", self.word("nickname")),
                            ("{l}", self.rng.choice(letters)), ("{l2}", self.rng.choice(letters))):
            form = form.replace(mark, value)
        return form

    def title(self) -> str:
        common = self.rng.random() < 0.66
        return self.rng.choice(_TITLES[:_COMMON_TITLES] if common else _TITLES)

    def city(self) -> str:
        rng = self.rng
        if rng.random() < 0.1:
            return rng.choice(self.country["cities"]).replace("{p}", self.family())
        if rng.random() < 0.08:
            return rng.choice(_TOWNS).replace("{p}", self.family()).replace("{g}", self.given())
        if rng.random() < 0.2:
            return self.word("village")
        return self.word("town") if "town" in self.vocabulary.lists and rng.random() < 0.3 else self.word("city")

    def town(self) -> str:
        """A town, seldom a large one."""
        return self.word("village") if self.rng.random() < 0.4 else self.city()

    def organization(self) -> str:
        return self.firms.name()

    def email(self) -> str:
        return values.email(self.rng, *(self.person if all(self.person) else (self.given(), self.family())))

    def address(self, separator: str) -> str:
        return addresses.address(self.rng, self.country, self.family(), separator)

    def mixed(self, separator: str) -> str:
        """As forms of shops write it down: number, street, unit, town, country and code, each of anywhere."""
        return addresses.mixed(self.rng, self.family(), self.city(), self.word("country"), separator)

    def envelope(self, separator: str) -> str:
        """An address of many parts, in an order that may be another country's."""
        rng, row = self.rng, self.country
        return mailing.envelope(rng, {
            "street": self.street, "road": self.road, "city": self.city, "village": lambda: self.word("village"),
            "region": lambda: self.word("region").removeprefix("the "), "land": self.land, "st": self.state,
            "zip": lambda: addresses.code(rng, row), "unit": lambda: addresses.unit(rng),
            "box": lambda: addresses.box(rng), "rural": lambda: mailing.rural(rng), "number": self.number,
            "house": self.house, "quarter": lambda: self.word("place").removeprefix("the "),
        }, separator)

    def house(self) -> str:
        return mailing.house(self.rng, self.family())

    def number(self) -> str:
        return str(int(10 ** self.rng.uniform(0, 3.9)))

    def land(self) -> str:
        return self.word("country").removeprefix("the ")

    def state(self) -> str:
        return self.rng.choice(addresses.countries()["US"]["states"])

    def road(self) -> str:
        return addresses.road(self.rng, self.country, self.family())

    def street(self) -> str:
        return addresses.street(self.rng, self.country, self.family())

    def some_country(self) -> str:
        return self.word("country")


Fill = Callable[[Draw], str]

KINDS: dict[str, tuple[str, Fill]] = {
    "person": ("PERSON", Draw.full),
    "first": ("PERSON", Draw.given),
    "last": ("PERSON", Draw.family),
    "lastfirst": ("PERSON", lambda draw: f"{draw.family()}, {draw.given()}"),
    "initial_name": ("PERSON", lambda draw: f"{draw.given()[0]}. {draw.family()}"),
    "first_initial": ("PERSON", lambda draw: f"{draw.given()} {draw.family()[0].upper()}."),
    "last_initials": ("PERSON", lambda draw: draw.family() + draw.rng.choice((" {}", " {}.", " {}{}", ", {}.")).format(
        draw.given()[0].upper(), draw.given()[0].upper())),
    "longname": ("PERSON", lambda draw: draw.full(rarely=True)),
    "nickname": ("PERSON", lambda draw: draw.word("nickname")),
    "wordname": ("PERSON", lambda draw: draw.word("wordname")),
    "wordlast": ("PERSON", lambda draw: draw.word("wordlast")),
    "korean": ("PERSON", lambda draw: name(draw.rng, draw.vocabulary, "given", "korean")),
    "initials": ("PERSON", lambda draw: f"{draw.given()[0]}.{draw.family()[0].upper()}."),
    "caps_last": ("PERSON", lambda draw: draw.family().upper()),
    "caps_first": ("PERSON", lambda draw: draw.given().upper()),
    "title_caps": ("TITLE", lambda draw: draw.rng.choice(("MR", "MRS", "MS", "DR"))),
    "title": ("TITLE", Draw.title),
    "city": ("LOCATION", Draw.city),
    "country": ("LOCATION", Draw.some_country),
    "region": ("LOCATION", lambda draw: draw.word("region")),
    "place": ("LOCATION", lambda draw: draw.word("place")),
    "org": ("ORGANIZATION", Draw.organization),
    "address": ("ADDRESS", lambda draw: draw.address(", ")),
    "addresslines": ("ADDRESS", lambda draw: draw.address("\n")),
    "street": ("ADDRESS", Draw.street),
    "anyaddress": ("ADDRESS", lambda draw: draw.mixed(draw.rng.choice((", ", " ", "\n")))),
    "anylines": ("ADDRESS", lambda draw: draw.mixed("\n")),
    "road": ("ADDRESS", Draw.road),
    "envelope": ("ADDRESS", lambda draw: draw.envelope(draw.rng.choice((", ", ", ", ", ", " ", ",", "\n")))),
    "envelopelines": ("ADDRESS", lambda draw: draw.envelope("\n")),
    "military": ("ADDRESS", lambda draw: mailing.army(draw.rng, draw.family(), draw.rng.choice((", ", " ")))),
    "militarylines": ("ADDRESS", lambda draw: mailing.army(draw.rng, draw.family(), "\n")),
    "house": ("ADDRESS", Draw.house),
    "crossing": ("ADDRESS", lambda draw: mailing.crossing(draw.rng, draw.road)),
    "state": ("LOCATION", Draw.state),
    "unit": ("ADDRESS", lambda draw: addresses.unit(draw.rng)),
    "pobox": ("ADDRESS", lambda draw: addresses.box(draw.rng)),
    "band": ("ORGANIZATION", lambda draw: draw.firms.band()),
    "firm": ("ORGANIZATION", lambda draw: draw.firms.of_family()),
    "coined": ("ORGANIZATION", lambda draw: draw.firms.coined()),
    "letters": ("ORGANIZATION", lambda draw: draw.firms.letters()),
    "invented": ("ORGANIZATION", lambda draw: draw.firms.invented()),
    "shop": ("ORGANIZATION", lambda draw: draw.firms.shop()),
    "school": ("ORGANIZATION", lambda draw: draw.firms.school()),
    "real": ("ORGANIZATION", lambda draw: draw.firms.real()),
    "institution": ("ORGANIZATION", lambda draw: draw.firms.institution()),
    "bank": ("ORGANIZATION", lambda draw: draw.firms.listed("bank")),
    "charity": ("ORGANIZATION", lambda draw: draw.firms.listed("charity")),
    "club": ("ORGANIZATION", lambda draw: draw.firms.listed("club")),
    "agency": ("ORGANIZATION", lambda draw: draw.firms.listed("agency")),
    "newspaper": ("ORGANIZATION", lambda draw: draw.firms.listed("newspaper")),
    "town": ("LOCATION", Draw.town),
    "thing": ("", lambda draw: draw.word("object")),
    "work": ("", lambda draw: draw.word("opus")),
    "genre": ("", lambda draw: draw.word("genre")),
    "brandmodel": ("", lambda draw: draw.word("brandmodel")),
    "tech": ("", lambda draw: draw.word("tech")),
    "topic": ("", lambda draw: draw.word("topic")),
    "verbing": ("", lambda draw: draw.word("verbing")),
    "holiday": ("", lambda draw: draw.word("holiday")),
    "disease": ("", lambda draw: draw.word("disease")),
    "soon": ("", lambda draw: draw.rng.choice(times.VAGUE)),
    "weekday": ("DATE_TIME", lambda draw: draw.rng.choice(times.DAYS)),
    "amount": ("", lambda draw: draw.word("amount")),
    "zip": ("ZIP_CODE", lambda draw: addresses.code(draw.rng, draw.country)),
    "nrp": ("NRP", lambda draw: draw.word("nrp")),
    "age": ("AGE", lambda draw: str(draw.rng.randint(1, 99))),
    "dob": ("DATE_OF_BIRTH", lambda draw: times.date(draw.rng, times.day(draw.rng, oldest=90, newest=5))),
    "dobcompact": ("DATE_OF_BIRTH", lambda draw: times.day(draw.rng, oldest=90).strftime("%Y%m%d")),
    "date": ("DATE_TIME", lambda draw: times.date(draw.rng, times.day(draw.rng))),
    "reldate": ("DATE_TIME", lambda draw: times.relative(draw.rng)),
    "time": ("DATE_TIME", lambda draw: times.clock(draw.rng)),
    "datetime": ("DATE_TIME", lambda draw: f"{times.date(draw.rng, draw.day)} {times.clock(draw.rng)}"),
    "iso": ("DATE_TIME", lambda draw: times.stamp(draw.rng, draw.day)),
    "year": ("DATE_TIME", lambda draw: str(draw.rng.randint(1890, 2030))),
    "email": ("EMAIL_ADDRESS", Draw.email),
    "username": ("", lambda draw: values.username(draw.rng, draw.given(), draw.family())),
    "handle": ("", lambda draw: values.handle(draw.rng, *map(draw.word, ("left", "right", "animal")))),
    "gadget": ("", lambda draw: values.gadget(draw.rng, *map(draw.word, ("left", "right")))),
    "phone": ("PHONE_NUMBER", lambda draw: values.phone(draw.rng)),
    "card": ("CREDIT_CARD", lambda draw: values.card(draw.rng)),
    "iban": ("IBAN_CODE", lambda draw: values.iban(draw.rng)),
    "ssn": ("US_SSN", lambda draw: values.ssn(draw.rng)),
    "ip": ("IP_ADDRESS", lambda draw: values.ip(draw.rng)),
    "url": ("URL", lambda draw: values.url(draw.rng, draw.word("head"))),
    "num": ("", lambda draw: str(int(10 ** draw.rng.uniform(0, 4)))),
    "money": ("", lambda draw: values.money(draw.rng)),
    "ref": ("", lambda draw: values.reference(draw.rng)),
    "sku": ("", lambda draw: values.reference(draw.rng)),
    "flight": ("", lambda draw: f"{draw.rng.choice(_AIRLINES)}{draw.rng.randint(10, 9999)}"),
    "isbn": ("", lambda draw: values.shaped(draw.rng, "978-#-###-#####-#")),
    "hex": ("", lambda draw: "".join(draw.rng.choices("0123456789abcdef", k=64))),
    "uuid": ("", lambda draw: values.uuid(draw.rng)),
    "letter": ("", lambda draw: draw.rng.choice("ABCDEFGHIJKLMNOPRSTVWZ")),
    "airport": ("LOCATION", lambda draw: draw.word("airport")),
    "job": ("", lambda draw: draw.word("job")),
    "product": ("", lambda draw: draw.word("product")),
    "word": ("", lambda draw: draw.word("word")),
    "degree": ("", lambda draw: draw.word("degree")),
    "language": ("", lambda draw: draw.word("language")),
    "spelled": ("PERSON", lambda draw: "-".join(draw.family().upper())),
}
"""The entity of each kind ("" is none) and what it is filled with."""
