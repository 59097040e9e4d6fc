"""Tagged texts: the same for a seed, spans that cover what was filled in, and real spellings."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.guard_encoder.tagged import Tagged, examples, generate, mailing, read_btc, read_wnut
from model_server.guard_encoder.tagged.addresses import countries
from model_server.guard_encoder.tagged.example import marked, unmarked
from model_server.guard_encoder.tagged.fill import KINDS, Draw
from model_server.guard_encoder.tagged.generate import REGISTERS, filled, templates
from model_server.guard_encoder.tagged.noise import NOISES, capital_names, small_names
from model_server.guard_encoder.tagged.surroundings import ORDINARY, without_names
from model_server.guard_encoder.tagged.times import VAGUE
from model_server.guard_encoder.tagged.vocabulary import own

NUMERIC = {"CREDIT_CARD", "US_SSN", "IP_ADDRESS", "IBAN_CODE"}


@pytest.fixture(scope="module")
def made() -> list[Tagged]:
    return list(examples(7, count=3000, vocabulary=own()))


def test_a_seed_decides_everything(made: list[Tagged]) -> None:
    assert list(examples(7, count=3000, vocabulary=own())) == made
    assert made[0] != next(examples(8, vocabulary=own()))


def test_spans_are_in_order_apart_and_hold_what_they_say(made: list[Tagged]) -> None:
    for each in made:
        last = 0
        for start, end, entity in each.spans:
            assert last <= start < end <= len(each.text), each
            value = each.text[start:end]
            assert value == value.strip()
            assert entity not in NUMERIC or re.search(r"\d", value), each
            assert entity != "EMAIL_ADDRESS" or "@" in value, each
            last = end


def test_many_templates_of_many_registers_all_entities_and_texts_without_any(made: list[Tagged]) -> None:
    assert len(templates()) >= 3750
    assert len({text for _, text, _ in templates()}) == len(templates())
    seen = Counter(entity for each in made for _, _, entity in each.spans)
    assert set(seen) == {entity for entity, _ in KINDS.values() if entity}
    assert 0.05 < sum(not each.spans for each in made) / len(made) < 0.3
    assert len({each.text for each in made}) > 0.9 * len(made)


def test_no_file_of_templates_is_left_out() -> None:
    files = Path(generate.__file__).with_name("templates").glob("*.txt")
    assert {each.stem for each in files} == set(REGISTERS)


def _fault(template: str) -> str:
    """Why a template is of no use; empty for a good one."""
    for seed in range(4):
        try:
            text, _ = filled(Random(seed), template, own())
        except Exception as error:
            return f"seed {seed}: {error!r}"
        if re.search(r"\{(?:person|[a-z]+)\}|\[\[|\]\]", text):
            return f"seed {seed} leaves marks: {text}"
    return ""


@pytest.mark.parametrize("register", REGISTERS)
def test_every_template_of_a_file_can_be_filled_and_leaves_no_marks(register: str) -> None:
    """One case a file: thousands of cases took longer than what they checked."""
    file = f"templates/{register}.txt"
    lines = Path(generate.__file__).with_name("templates").joinpath(f"{register}.txt").read_text("utf-8").splitlines()
    places = [number for number, line in enumerate(lines, 1) if line and not line.startswith("#")]
    texts = [text for source, text, _ in templates() if source.partition(":")[0] == register]
    faults = [f"{file}:{number}: {why}" for number, text in zip(places, texts, strict=True) if (why := _fault(text))]
    assert texts
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("template", ["see {nobodyknows} there", "{first} and [[PERSON:Ann] left"])
def test_a_template_that_cannot_be_filled_or_leaves_marks_is_told(template: str) -> None:
    assert _fault(template)


def test_what_is_written_in_a_homonym_is_tagged_as_it_says() -> None:
    text, spans = filled(Random(1), "[[PERSON:May]] may go to {country}, says [[ORGANIZATION:Target]].", own())
    assert [(text[start:end], entity) for start, end, entity in spans if entity != "LOCATION"] == [
        ("May", "PERSON"), ("Target", "ORGANIZATION")]


def test_a_given_and_a_family_name_side_by_side_are_one_person_and_an_article_is_none() -> None:
    text, spans = filled(Random(3), "{first} {last}, {first}", own())
    assert [text[start:end] for start, end, _ in spans] == text.split(", ")
    for seed in range(200):
        text, spans = filled(Random(seed), "in {country}", own())
        assert not text[spans[0][0] :].startswith("the ")


AROUND = tuple(f"the {word} is on the table" for word in ("soup", "key", "lamp", "salt"))


def test_sentences_around_stand_alone_and_beside_and_are_tagged_nowhere() -> None:
    made = list(examples(7, count=2000, vocabulary=own(), around=AROUND))
    alone = [each for each in made if each.source == "around"]
    assert 240 < len(alone) < 360
    assert all(not each.spans and " table" in each.text.lower() for each in alone if len(each.text) > 40)
    beside = [each for each in made if each.source != "around" and any(line in each.text for line in AROUND)]
    assert len(beside) > 300
    for each in beside:
        for start, end, _ in each.spans:
            assert not any(line in each.text[start:end] for line in AROUND)


@pytest.mark.parametrize(("text", "kept"), [
    ("how do I block a lost card?", True),
    ("Could the ATM be wrong? I hope not.", True),
    ("may i pay my bill at the counter", True),
    ("i fly to paris and back", False),
    ("Please ask Zorvinka about the card.", False),
    ("my chase card was declined", False),
    ("the meeting is on friday, as always", False),
    ("how do I block a lost card with 4711?", False),
    ("ask giulia about the form", False),
    ("short", False),
])
def test_only_sentences_without_any_name_place_firm_or_day_are_left(text: str, kept: bool) -> None:
    others = ["well, you may pay the bill or hope for the best"] * ORDINARY
    assert (text in without_names([text, *others], own())) == kept


def test_days_that_say_nothing_are_no_dates_and_prepositions_belong_to_none() -> None:
    seen = set()
    for seed in range(300):
        text, spans = filled(Random(seed), "{reldate}", own())
        assert all(not text[start:end].startswith(("on ", "in ")) for start, end, _ in spans)
        seen.add((text in VAGUE, bool(spans)))
    assert seen == {(True, False), (False, True)}


@pytest.mark.parametrize("kind", ["anyaddress", "anylines", "road", "unit", "pobox", "envelope", "envelopelines",
                                  "military", "militarylines", "house", "crossing"])
def test_addresses_and_their_parts_are_one_span_with_no_marks_left(kind: str) -> None:
    for seed in range(400):
        text, spans = filled(Random(seed), "{" + kind + "}", own())
        assert [(text[start:end], entity) for start, end, entity in spans] == [(text, "ADDRESS")]
        assert not re.search(r"[{}@|]", text), text
        assert (kind != "road") or not re.search(r"\d|^(Flat|Lot|Unit|PO|Plot) ", text), text


def test_no_optional_word_in_the_formats_of_addresses_lacks_its_other_choice() -> None:
    for code, row in countries().items():
        for field in ("streets", "tails"):
            for form in row[field]:
                assert not re.search(r"\([^()|]* \)", form), (code, form)


def test_every_part_of_an_envelope_is_drawn_and_its_lines_are_parted_by_the_separator() -> None:
    parts = {name: name.upper for name in ("street", "road", "city", "village", "region", "land", "st", "zip", "unit",
                                           "box", "rural", "number", "house", "quarter")}
    made = {mailing.envelope(Random(seed), parts, "~") for seed in range(600)}
    words = {word for each in made for word in re.findall(r"[^\s,~–-]+", each)}
    assert words == {name.upper() for name in parts}
    assert all("~" in each and not re.search(r"\||,,|~~|^~|~$", each) for each in made)


def test_names_of_firms_are_whole_whatever_their_shape() -> None:
    for seed in range(3000):
        text, spans = filled(Random(seed), "{org}", own())
        assert [(text[start:end], entity) for start, end, entity in spans] == [(text, "ORGANIZATION")]
        assert not re.search(r"[{}_]|^&|& ?$|,$", text), text


@pytest.mark.parametrize("kind", ["bank", "charity", "club", "agency", "newspaper", "brand"])
def test_every_form_of_a_listed_firm_can_be_filled(kind: str) -> None:
    draw = Draw(Random(5), own())
    for form in own().lists[kind]:
        assert not re.search(r"[{}_]", draw.firms._filled(form)), form


@pytest.mark.parametrize("kind", ["handle", "gadget"])
def test_nicks_and_things_for_sale_are_nobodys_names(kind: str) -> None:
    made = [filled(Random(seed), "{" + kind + "}", own()) for seed in range(300)]
    assert all(not spans for _, spans in made)
    assert len({text for text, _ in made}) > 200


def test_most_chatter_is_in_small_letters(made: list[Tagged]) -> None:
    chatter = [each for each in made if each.source.startswith("chatter:") and each.spans]
    small = sum(each.text.islower() for each in chatter)
    assert len(chatter) > 30
    assert 0.5 < small / len(chatter) < 0.85


def test_names_alone_lose_or_gain_capitals() -> None:
    text = marked("Ask Ann, not Bob.", ((4, 7, "PERSON"), (13, 16, "PERSON")))
    assert unmarked(small_names(Random(1), text), ("PERSON",) * 2)[0] == "Ask ann, not bob."
    assert unmarked(capital_names(Random(1), text), ("PERSON",) * 2)[0] == "Ask ANN, not BOB."


def test_a_text_of_two_templates_names_both(made: list[Tagged]) -> None:
    joined = [each for each in made if "+" in each.source]
    assert 0.1 < len(joined) / len(made) < 0.3
    known = {source for source, _, _ in templates()}
    assert all(part in known for each in joined for part in each.source.split("+"))


@pytest.mark.parametrize(("template", "wanted"), [
    ("Mr. [[PERSON:May]] left", [("Mr.", "TITLE"), ("May", "PERSON")]),
    ("to Prof. Dr. [[PERSON:May]]", [("Prof. Dr.", "TITLE"), ("May", "PERSON")]),
    ("[[PERSON:Ann]] van der [[PERSON:Berg]]", [("Ann van der Berg", "PERSON")]),
    ("[[PERSON:Ann]] B. [[PERSON:May]]", [("Ann B. May", "PERSON")]),
    ("[[PERSON:Ann]] and Mrs [[PERSON:May]]", [("Ann", "PERSON"), ("Mrs", "TITLE"), ("May", "PERSON")]),
    ("Prime [[PERSON:May]]", [("May", "PERSON")]),
])
def test_written_titles_are_titles_and_particles_join_names(template: str, wanted: list[tuple[str, str]]) -> None:
    text, spans = filled(Random(1), template, own())
    assert [(text[start:end], entity) for start, end, entity in spans] == wanted


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 999))
def test_noise_moves_the_tags_with_the_text(text: str, left: int, right: int, seed: int) -> None:
    start, end = sorted((min(left, len(text)), min(right, len(text))))
    spans = ((start, end, "PERSON"),) if start < end else ()
    assert unmarked(marked(text, ()), ()) == (text, ())
    for _, noise in NOISES:
        edited = noise(Random(seed), marked(text, spans))
        changed, moved = unmarked(edited, ("PERSON",))
        kept = "".join(each for each, owner in edited if owner == 0).strip()
        assert [changed[first:last] for first, last, _ in moved] == ([kept] if kept else [])


CONLL = "RT\tO\n@joe\tO\n:\tO\nNew\tB-{0}\nYork\tI-{0}\nis\tO\nn't\tO\nParis\tB-{0}\n\n\nOk\tO\n"


def test_the_corpora_are_read_with_this_projects_names(tmp_path: Path) -> None:
    file = tmp_path / "a.conll"
    file.write_text(CONLL.format("LOC"))
    first, second = read_btc(file)
    assert first.text == "RT @joe: New York isn't Paris"
    assert [(first.text[start:end], entity) for start, end, entity in first.spans] == [
        ("New York", "LOCATION"), ("Paris", "LOCATION")]
    assert second == Tagged("Ok", (), "a:12")
    file.write_text(CONLL.format("product"))
    assert next(read_wnut(file)).spans == ()
    file.write_text(CONLL.format("planet"))
    with pytest.raises(ValueError, match=r"a\.conll:4: unknown label 'B-planet'; known are"):
        list(read_wnut(file))
