"""``wardgate eval guards``: the card that comes out of scores, files and commands that are made up here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evals.guards import asked, card, rows, shown
from evals.guards.rows import Part
from gateway.cli.main import main
from gateway.errors import ConfigError

JUDGE = Path(__file__).with_name("judge.py")
PART = Part("user", ("injection_user_attacks",), ("injection_user_hard", "injection_user_benign"))
TEXTS = {
    "injection_user_attacks": [("bad one", "attack", "tricks"), ("bad two", "attack", "tricks"), ("hm, three", "attack", "games"),
                               ("schlecht bad", "attack", "german")],
    "injection_user_hard": [("odd but fine", "harmless", "ignore"), ("fine", "harmless", "ignore")],
    "injection_user_benign": [(f"fine {n}", "harmless", "chat") for n in range(8)],
    "injection_document_attacks": [("bad in a mail", "attack", "mail")],
    "injection_document_hard": [("a fine mail", "harmless", "mail")],
    "injection_document_clean": [("a table", "harmless", "table")],
}


def command(*more: str) -> tuple[str, ...]:
    return (sys.executable, str(JUDGE), *more)


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    for name, texts in TEXTS.items():
        role = "user" if "user" in name else "document"
        lines = [{"id": f"{name}-{n}", "text": text, "role": role, "label": label, "family": family,
                  "lang": "de" if family == "german" else "en"} for n, (text, label, family) in enumerate(texts)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def judged(sets: Path, **disguises: card.Disguise) -> card.PartCard:
    return card.judge(PART, rows.load(PART, sets), lambda texts: asked.ask(command(), texts), disguises, 1)


def test_what_is_stopped_and_what_should_not_be(sets: Path) -> None:
    found = judged(sets)
    assert (found.attacks, found.harmless) == (4, 10)
    assert found.value("recall").value == 0.75
    assert found.value("macro_recall").value == pytest.approx(2 / 3)
    assert found.value("recall", "injection_user_attacks", "games").value == 0.0
    assert found.value("false_positive_rate").value == 0.1
    assert found.value("false_positive_rate", "injection_user_hard").value == 0.5
    assert found.value("false_positive_rate", "injection_user_benign").value == 0.0
    assert found.value("precision").value == 0.75
    assert found.value("auc").value == pytest.approx((3 * 10 + 9) / 40)


def test_what_the_encoder_cannot_read_is_not_stopped_and_is_counted(sets: Path) -> None:
    found = card.judge(PART, rows.load(PART, sets), lambda texts: asked.ask(command("foreign"), texts), {}, 1)
    assert found.value("recall").value == 0.5
    assert found.value("unscannable", "injection_user_attacks").value == 0.25
    assert not any(each.metric == "unscannable" for each in judged(sets).measures)


def test_a_disguise_that_hides_attacks_is_seen(sets: Path) -> None:
    found = judged(sets, hidden=lambda text, _: text.replace("bad", "b.a.d"), loud=lambda text, _: f"odd {text}")
    hidden, loud = found.disguised
    assert (hidden.recall.value, hidden.recall.n) == (0.0, 3), "the text in German is left out"
    assert hidden.lost == pytest.approx(2 / 3)
    assert (loud.false_positives.value, loud.added) == (1.0, pytest.approx(0.9))


def test_a_disguise_that_asks_something_leaves_no_document_harmless(sets: Path) -> None:
    part = Part("document", ("injection_document_attacks",), ("injection_document_hard", "injection_user_benign"))
    asks = {"asks": lambda text, _: f"odd {text}", "says": lambda text, _: f"odd {text}"}
    found = card.judge(part, rows.load(part, sets), lambda texts: asked.ask(command(), texts), asks, 1, asking={"asks"})
    asking, saying = found.disguised
    assert (saying.false_positives.n, asking.false_positives.n) == (9, 8), "what a user asks of an assistant is harmless"
    assert (asking.recall.n, asking.recall.value) == (saying.recall.n, saying.recall.value)
    only = Part("document", ("injection_document_attacks",), ("injection_document_hard",))
    found = card.judge(only, rows.load(only, sets), lambda texts: asked.ask(command(), texts), asks, 1, asking={"asks"})
    assert found.disguised[0].false_positives.n == 0
    assert "| `asks` | 100.0 % [20.7, 100.0] | ±0.0 pp | – | – |" in shown.markdown(card.Card("injection", "1", 1, (found,)))


@pytest.mark.parametrize(("more", "said"), [
    (("short",), "judged 13 of 14 texts"), (("shifted",), "answered 1 in the place of 0"),
    (("mute",), "gave no score for text 0"), (("unjudged",), "could not judge text 0"), (("broken",), "ended with 2: no such guard"),
])
def test_a_judge_that_leaves_texts_out_is_no_judge(sets: Path, more: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        asked.ask(command(*more), rows.load(PART, sets))


def test_a_command_that_is_not_there(sets: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be run"):
        asked.ask(("no-such-command",), rows.load(PART, sets))


@pytest.mark.parametrize(("row", "said"), [
    ({"label": "atack"}, "there is no label 'atack'"), ({"role": "usr"}, "there is no role 'usr'"),
    ({"id": "injection_user_attacks-0"}, "is the id of line 1 too"),
])
def test_a_row_that_cannot_be_used_is_named(sets: Path, row: dict[str, str], said: str) -> None:
    path = sets / "injection_user_attacks.jsonl"
    whole = {"id": "x", "text": "t", "role": "user", "label": "attack", "family": "f", **row}
    path.write_text(path.read_text() + json.dumps(whole) + "\n")
    with pytest.raises(ConfigError, match=said) as caught:
        rows.load(PART, sets)
    assert caught.value.line == 5


def test_the_shipped_sets_are_sound_and_large_enough() -> None:
    for name in rows.CARDS:
        for part in rows.card_of(name):
            found = rows.load(part)
            assert sum(row.attack for row in found) >= 40
            assert sum(not row.attack for row in found) >= (60 if name == "toxicity" else 1000)
    with pytest.raises(ConfigError, match="there is no card"):
        rows.card_of("injectoin")


def test_rows_bring_the_topics_that_they_are_judged_by(sets: Path, tmp_path: Path) -> None:
    row = {"id": "t", "text": "bets", "role": "user", "label": "attack", "family": "f", "topic": "gambling"}
    (tmp_path / "topic_rows.jsonl").write_text(json.dumps(row))
    with pytest.raises(ConfigError, match="has no topic 'gambling'"):
        list(rows.read(tmp_path / "topic_rows.jsonl"))
    (tmp_path / "topics.json").write_text('{"gambling": [{"name": "gambling", "phrases": ["bet"]}]}')
    found = next(rows.read(tmp_path / "topic_rows.jsonl"))
    answer = asked.ask((*asked.command("topic"),), [found])
    assert answer.judgements[0].stopped


def test_the_command_writes_tables_json_and_a_textfile(sets: Path, tmp_path: Path,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "guards.md"
    document.write_text(f"before\n{shown.begin('injection')}\noutdated\n{shown.end('injection')}\nafter\n")
    given = ["eval", "guards", "injection", "--sets", str(sets), "--command", " ".join(command()), "--disguises", "none"]
    assert main([*given, "--docs", str(document), "--prometheus", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "| recall | all | 75.0 % [30.1, 95.4] | 4 |" in out
    assert "| ignore | `injection_user_hard` | 50.0 %" in out
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "outdated" not in text
    assert "75.0 %" in text
    lines = (tmp_path / "out" / shown.TEXTFILE).read_text().splitlines()
    assert 'wardgate_guard_score{disguise="",family="",guard="injection",metric="recall",part="user",set="user"} 0.75' in lines
    assert main([*given, "--json", "--part", "document"]) == 0
    parts = json.loads(capsys.readouterr().out)[0]["parts"]
    assert [part["name"] for part in parts] == ["document"]
    for texts in TEXTS.values():
        assert not any(row[0] in text + "\n".join(lines) for row in texts), "a row's text has leaked into a report"


def test_a_floor_that_is_not_kept_is_the_exit_code(sets: Path) -> None:
    given = ["eval", "guards", "injection", "--sets", str(sets), "--command", " ".join(command()), "--disguises", "none",
             "--part", "user"]
    assert main([*given, "--least-recall", "0.75", "--most-false", "0.1"]) == 0
    assert main([*given, "--least-recall", "0.76"]) == 1
    assert main([*given, "--most-false", "0.09"]) == 1


def test_a_document_without_a_place_is_refused(sets: Path, tmp_path: Path) -> None:
    document = tmp_path / "guards.md"
    document.write_text("nothing\n")
    found = card.Card("injection", "1", 1, (judged(sets),))
    with pytest.raises(ConfigError, match="has no place for the card of 'injection'"):
        shown.write_into(document, found)


def test_the_shipped_command_answers_in_the_protocol() -> None:
    texts = rows.load(rows.card_of("injection")[0])[:2]
    answer = asked.ask(asked.command("injection"), texts)
    assert all(0 <= each.score <= 1 for each in answer.judgements)
    assert len(answer.judgements) == 2
