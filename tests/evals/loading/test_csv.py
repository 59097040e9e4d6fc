"""A table from a spreadsheet becomes a suite in five lines, and its mistakes are named by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals.loading.data_file import read
from evals.loading.suite_file import load
from gateway.errors import ConfigError

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "evaluation.md").read_text()
TABLE = '\ufeffquestion,answer\r\n"How long, in days?","28, and ""more"""\r\n"Two\nlines?",Nine\r\n'


def test_the_five_lines_of_the_documentation(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(suite: faq\n.*?)```", DOCS, re.DOTALL)
    assert found is not None
    assert len(found[1].splitlines()) == 5
    (tmp_path / "faq.yaml").write_text(found[1])
    (tmp_path / "faq.csv").write_bytes(TABLE.encode())
    suite = load(tmp_path / "faq.yaml")
    assert (suite.name, suite.version, suite.on) == ("faq", "1", ("direct", "gateway"))
    assert [(each.id, each.asked, each.reference["answer"]) for each in suite.samples] == [
        ("row-1", "How long, in days?", '28, and "more"'), ("row-2", "Two\nlines?", "Nine")]


def test_a_field_may_be_a_whole_document(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"text,n\n{'word ' * 60_000},1\n")
    (line,) = read(tmp_path / "t.csv")
    assert len(line.row["text"]) == 300_000


def test_without_targets_a_text_is_scored_directly(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("text\tn\nHello there\t1\n")
    (tmp_path / "t.yaml").write_text('suite: t\ndata: {file: t.tsv}\nask: {echo: "{text}"}\nmetrics: [bits_per_byte]\n')
    assert load(tmp_path / "t.yaml").on == ("direct",)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"a,b\n1,2\n1,2,3\n", "rows.csv:3: has 3 fields, not 2 (put text that holds ',' or line breaks into double quotes)"),
        (b"a,a\n1,2\n", "rows.csv:1: column 'a' is there twice"),
        (b"a,\n1,2\n", "rows.csv:1: a column has no name"),
        (b"", "rows.csv:1: a column has no name"),
        (b"a\nfine\n\xff\n", "rows.csv:3: is not UTF-8"),
        (b'a\n"x"y\n', "rows.csv:2: is not CSV"),
        (b'a\n"never closed\n', "is not CSV: unexpected end of data"),
    ],
)
def test_a_mistake_is_named_by_its_line(content: bytes, error: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        list(read(tmp_path / "rows.csv", "rows.csv"))
    assert error in str(raised.value)


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n\n2\n")
    assert [line.row for line in read(tmp_path / "rows.csv")] == [{"a": "1"}, {"a": "2"}]
