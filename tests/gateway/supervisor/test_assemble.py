"""Settings become the parts of a gateway: who may ask what."""

from __future__ import annotations

import pytest

from gateway.config.settings import loads
from gateway.errors import ConfigError
from gateway.proxy.auth import Caller
from gateway.supervisor.assemble import keys

KEYS = 'keys: [{name: app, key: "one"}, {name: tests, key: "two", explain: findings}]\n'


def _callers(content: str) -> list[Caller]:
    made = keys(loads(content.encode()))
    return [made.authenticate(b"Bearer " + key) for key in (b"one", b"two")]


@pytest.mark.parametrize(("content", "expected"), [
    ("", ["states", "states"]),
    ("explain: nothing\n", ["nothing", "nothing"]),
    (KEYS, ["states", "findings"]),
    ("explain: nothing\n" + KEYS, ["nothing", "findings"]),
])  # fmt: skip
def test_what_a_caller_may_ask_to_be_told(content: str, expected: list[str]) -> None:
    assert [each.explain for each in _callers(content)] == expected


def test_another_word_is_a_mistake_with_its_place() -> None:
    with pytest.raises(ConfigError, match="explain") as caught:
        loads(b"listen: {}\nexplain: everything\n", "wardgate.yaml")
    assert (caught.value.file, caught.value.line) == ("wardgate.yaml", 2)
