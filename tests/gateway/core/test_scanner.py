"""The scanner: which patterns occur, and where what may still become a match begins."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import hyperscan
import pytest

from gateway.core import scanner
from gateway.core.marks import hinted
from gateway.core.pattern import pattern
from gateway.core.scanner import Scanner

CAT, ABC, ANY, LAZY = pattern(r"\bcat\b"), pattern("ab{1,3}c"), pattern(r"[x-z]{4,6}"), pattern(r"q.{30}r", trigger="q")
SCANNER = Scanner((CAT, ABC, ANY, LAZY))


class Kept(dict[str, bytes]):
    """A cache in memory."""

    def put(self, key: str, data: bytes) -> None:
        self[key] = data


@pytest.mark.parametrize(("text", "mask"), [
    ("", 0), ("a cat sat", 1), ("concat cats", 0), ("abbc", 2), ("abbbbc", 0), ("xyzxyz cat", 5), ("q", 8), ("é cat", 1),
])
def test_hits_name_the_patterns_that_occur(text: str, mask: int) -> None:
    assert SCANNER.hits(text.encode()) == mask
    assert SCANNER.hits(text.encode()) == mask  # nothing is left over from the text before


@pytest.mark.parametrize(("text", "start", "held"), [
    ("the dog", 0, ""), ("the c", 0, "c"), ("the ca", 0, "ca"), ("the cat", 0, "cat"), ("the cat ", 0, ""),
    ("concat", 0, ""), ("ab", 0, "ab"), ("abb", 1, ""), ("xx", 0, "xx"), ("x" * 90, 0, "x" * 39), ("é ca", 0, "ca"),
    ("aéx", 0, "x"), ("", 0, ""), ("q" + "é" * 5, 0, "q" + "é" * 5),
])
def test_hold_keeps_what_may_become_a_match(text: str, start: int, held: str) -> None:
    data = text.encode()
    place = SCANNER.hold(data, start)
    assert place >= start
    assert text.endswith(data[place:].decode())
    if text.startswith("xxx"):
        assert len(data) - place <= SCANNER.reach  # no longer than the longest match of all
    else:
        assert data[place:].decode() == held


def test_a_digit_as_a_trigger_is_looked_for_beside_the_database() -> None:
    several = Scanner((CAT, pattern(r"\d{2}x", trigger=r"\d"), pattern(r"\dY", ignore_case=True, trigger=r"\d")))
    alone = Scanner((pattern(r"\d{2}x", trigger=r"\d"),))
    assert [several.hits(text) for text in (b"a cat", b"a cat 1", b"no", b"7")] == [1, 7, 0, 6]
    assert [alone.hits(text) for text in (b"a cat", b"12")] == [0, 1]


@pytest.mark.parametrize(("written", "text"), [
    (r"q.{3}r", "qéé€r"), (r"q[^a]{3}r", "qé€ér"), (r"q\W{3}r", "qé€ér"), (r"q\D{3}r", "q€€€r"), (r"q\S{3}r", "qééér"),
    ("qé{3}r", "qééér"), ("q[à-ü]{3}r", "qééér"), (r"q(?:\s|€){3}r", "q€ €r"),
])
def test_characters_beyond_ascii_count_as_one(written: str, text: str) -> None:
    """Most triggers are read as bytes; those that may match such a character are not."""
    found = pattern(written)
    assert found.search(text)
    assert Scanner((found,)).hits(text.encode()) == 1
    assert Scanner((CAT, found)).hits(f"é{text}é".encode()) == 2


def test_a_scanner_without_patterns_holds_nothing() -> None:
    empty = Scanner(())
    assert (empty.hits(b"cat"), empty.hold(b"cat", 0), empty.reach) == (0, 3, 0)


def test_a_kept_database_is_used_and_a_broken_one_is_made_anew() -> None:
    def made(cache: Kept) -> Scanner:
        scanner._RECENT.clear()  # as in a new process
        return Scanner((pattern("kept one"), CAT), cache)

    cache = Kept()
    first = made(cache)
    kept = dict(cache)
    assert len(kept) == 1
    for damage in (lambda data: data[:20] + b"broken", lambda _: b"", lambda _: b"\xff\n", lambda data: data):
        cache.clear()
        cache.update({key: damage(data) for key, data in kept.items()})
        again = made(cache)
        assert first.hits(b"kept one") == again.hits(b"kept one") == 1
        assert first.hold(b"so kept", 0) == again.hold(b"so kept", 0) == 3
        assert cache == kept  # what was broken was written anew


def test_a_character_of_more_bytes_than_the_longest_match_is_not_held() -> None:
    short = Scanner((pattern("cat"),))
    for text in ("the \U0001f985", "\U0001f985" * 9, "é", "the \U0001f985c"):
        assert short.hold(text.encode(), 0) == len(text.encode()) - text.endswith("c")


def test_threads_that_look_at_the_same_time_see_their_own_text() -> None:
    """As ``proxy.aside`` has them: a long text in a thread while the event loop judges short ones."""
    found: dict[str, set[int]] = {"cat": set(), "abc": set(), "none": set()}

    def look(name: str, text: bytes) -> None:
        for _ in range(200):
            found[name].add(SCANNER.hits(text))

    long = b"the dog ran " * 4000
    texts = {"cat": long + b" cat", "abc": long + b"abc", "none": long}
    threads = [threading.Thread(target=look, args=each) for each in texts.items()]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {"cat": {1}, "abc": {2}, "none": {0}}


def test_hints_of_disguises_are_looked_for_in_threads_too() -> None:
    found: dict[bytes, set[bool]] = {b"the dog ran " * 4000: set(), b"the dog ran " * 4000 + b"snoitcurtsni": set()}

    def look(text: bytes) -> None:
        for _ in range(100):
            found[text].add(hinted(text))

    threads = [threading.Thread(target=look, args=(text,)) for text in found]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert list(found.values()) == [{False}, {True}]


def test_a_database_that_another_thread_forgets_meanwhile_is_still_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload compiles in a thread while the event loop compiles what a request needs: it ended in a KeyError."""

    class Forgetful(OrderedDict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            found = super().get(key, default)
            self.clear()
            return found

    monkeypatch.setattr(scanner, "_RECENT", Forgetful())
    made = [Scanner((pattern("forgotten"),)) for _ in range(3)]
    assert [each.hits(b"forgotten") for each in made] == [1, 1, 1]
    assert made[0]._looks is made[1]._looks is made[2]._looks


def test_patterns_that_are_too_large_together_are_always_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each was accepted when its policy was read, so what came of it must not be a start or a reload that fails."""
    class Small:
        def __init__(self, mode: int) -> None:
            self.mode = mode

        def compile(self, *, elements: int, **_: object) -> None:
            if elements > 1:
                raise hyperscan.error("too large")

    monkeypatch.setattr(hyperscan, "Database", Small)
    together = Scanner((pattern("together one"), pattern("together two")))
    assert together.hits(b"nothing of the kind") == 3
