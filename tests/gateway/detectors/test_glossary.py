"""Glossaries: what stands in their files is what is read, and a mistake in one is told with its place and its cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.detectors.glossary import LANGUAGES, LONGEST_LINE, MOST_LINES, files, glossaries, glossary


def written(folder: Path, text: str, name: str = "de.txt") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_forms_are_read_in_canonical_letters(tmp_path: Path) -> None:
    found = glossary("de", [written(tmp_path, "# German\n\nforget = vergiß vergessen\nfrom now on = ab_jetzt\n- = l'_doch\n")])
    assert found.forms == {"vergiss": "forget", "vergessen": "forget", "ab jetzt": "from now on", "l doch": "-"}
    assert found.longest == {"ab": 1, "l": 1}
    assert found.knows(["vergiss", "nicht", "vergessen"]) == 2


def test_what_accents_alone_tell_apart_is_kept_as_written(tmp_path: Path) -> None:
    found = glossary("it", [written(tmp_path, "and = e\nis = è\nhe = es\nhim = és\nhe = ês\n")])
    assert (found.forms["e"], found.accented["e"]) == ("and", {"è": "is"})
    assert (found.forms["es"], found.accented["es"]) == ("he", {"és": "him"})


def test_the_files_of_a_language_are_read_in_order_and_as_one(tmp_path: Path) -> None:
    for name in ("de-verbs.txt", "de.txt", "den.txt", "nl.txt"):
        written(tmp_path, f"{name.partition('.')[0].replace('-', ' ')} = wort\n", name)
    assert [file.name for file in files("de", tmp_path)] == ["de.txt", "de-verbs.txt"]
    with pytest.raises(ValueError, match=r"de-verbs\.txt:1: 'wort' stands at .*de\.txt:1 already \| keep one"):
        glossary("de", files("de", tmp_path))


@pytest.mark.parametrize(("text", "told"), [
    ("forget vergiss\n", r"de\.txt:1: has no forms | write `english gloss = form"),
    ("# x\nforget =\n", r"de\.txt:2: has no forms | write `english gloss"),
    ("one two three four five = wort\n", r"de\.txt:1: the gloss is not 1 to 4 English words | write them before the `=`"),
    ("öffne = offne\n", r"de\.txt:1: the gloss is not 1 to 4 English words | "),
    (" = wort\n", r"de\.txt:1: the gloss is not 1 to 4 English words | "),
    ("forget = vergiss\nignore = wort vergiss\n", r"de\.txt:2: 'vergiss' stands at \S*de\.txt:1 already | keep one of them"),
    ("forget = Vergiss\n", r"de\.txt:1: 'Vergiss' is no form | small letters, 4 words at most"),
    ("forget = a_b_c_d_e\n", r"de\.txt:1: 'a_b_c_d_e' is no form | small letters, 4 words at most"),
    ("forget = 17\n", r"de\.txt:1: '17' has no letters | write words, joined by _"),
    ("forget = " + "wort" * 100, rf"de\.txt:1: has 409 characters, {LONGEST_LINE} at most | begin a second line"),
    ("#\n" * (MOST_LINES + 1), rf"de\.txt:{MOST_LINES + 1}: has {MOST_LINES + 1} lines, {MOST_LINES} at most | .*de-2\.txt"),
])
def test_a_mistake_names_file_line_and_cure(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace(" | ", r" \| ")):
        glossary("de", [written(tmp_path, text)])


def test_a_file_in_other_letters_is_told(tmp_path: Path) -> None:
    file = tmp_path / "de.txt"
    file.write_bytes("forget = vergiß".encode("latin-1"))
    with pytest.raises(ValueError, match=r"de\.txt: is no UTF-8 .* \| save it as UTF-8"):
        glossary("de", [file])


def test_what_ships_is_read_whole() -> None:
    found = glossaries()
    assert tuple(each.language for each in found) == LANGUAGES
    assert all(len(each.forms) >= 1200 for each in found), [(each.language, len(each.forms)) for each in found]
    assert all(re.fullmatch(r"[\w'’ .\-/]+|-", gloss) for each in found for gloss in each.forms.values())
