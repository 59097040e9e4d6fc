"""Keys: hashed at rest, looked up whole, compared in constant time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gateway.errors import Forbidden, Unauthorized
from gateway.proxy import auth
from gateway.proxy.auth import Caller, Keys, hash_key, new_key

KEY = "wg-example"
KEYS = Keys(((hash_key(KEY), Caller("app", "acme", ("handbook-*",))),))


def test_a_known_key_names_its_caller() -> None:
    assert KEYS.authenticate(b"Bearer wg-example") == Caller("app", "acme", ("handbook-*",))
    assert KEYS.authenticate(b"bearer   wg-example ").tenant == "acme"


@pytest.mark.parametrize(
    "sent",
    [None, b"", b"Bearer", b"Bearer ", b"Basic wg-example", b"wg-example", b"Bearer wg-exampl", b"Bearer wg-example2",
     b"Bearer WG-EXAMPLE", b"Bearer " + hash_key(KEY).encode(), b"Bearer \xff\xfe", b"Bearer wg-example\0"],
)  # fmt: skip
def test_anything_else_is_refused_without_an_echo(sent: bytes | None) -> None:
    with pytest.raises(Unauthorized) as caught:
        KEYS.authenticate(sent)
    assert "wg-" not in caught.value.message


def test_a_pepper_makes_other_hashes() -> None:
    assert hash_key(KEY, b"a") != hash_key(KEY, b"b") != hash_key(KEY)
    keys = Keys(((hash_key(KEY, b"a"), Caller("app")),), b"b")
    with pytest.raises(Unauthorized):
        keys.authenticate(b"Bearer wg-example")


def test_without_keys_everyone_is_let_in() -> None:
    assert Keys(()).open
    assert Keys(()).authenticate(None).name == "anonymous"


def test_fresh_keys_differ_and_are_long() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) >= 40


def test_a_caller_s_models_are_wildcards() -> None:
    caller = Caller("app", models=("handbook-*", "exact"))
    caller.require("handbook-7")
    caller.require("exact")
    with pytest.raises(Forbidden):
        caller.require("other-CANARY")


def test_no_secret_is_compared_with_an_operator() -> None:
    """``==`` ends at the first byte that differs, which can be timed."""
    tree = ast.parse((Path(auth.__file__).parent / "auth.py").read_text())
    secret = {"authorization", "digest", "stored", "key", "_pepper"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            sliced = any(isinstance(part, ast.Slice) for part in ast.walk(node))  # the scheme, not the key
            assert sliced or not names & secret, ast.unparse(node)


def test_a_key_may_come_as_anthropic_s_clients_send_it() -> None:
    assert KEYS.authenticate(None, b"wg-example").name == "app"
    assert KEYS.authenticate(b"Bearer wg-example", b" wg-example").name == "app"


@pytest.mark.parametrize(
    ("bearer", "api_key"),
    [(None, b"wg-exampl"), (None, b""), (b"Bearer wg-example", b"wg-other"), (b"Bearer wg-other", b"wg-example"),
     (b"Basic x", b"wg-example")],
)  # fmt: skip
def test_two_keys_or_a_wrong_one_are_refused(bearer: bytes | None, api_key: bytes) -> None:
    with pytest.raises(Unauthorized) as caught:
        KEYS.authenticate(bearer, api_key)
    assert "wg-" not in caught.value.message


@pytest.mark.parametrize("size", [1, 8, 63, 64, 65, 200])
def test_a_key_is_known_by_its_hash_under_a_pepper_of_any_length(size: int) -> None:
    """The digest that a request's key gets is the one that ``hash_key`` writes, which is the standard's own."""
    pepper = bytes(range(1, size + 1))
    keys = Keys(((hash_key(KEY, pepper), Caller("app")),), pepper)
    assert keys.authenticate(b"Bearer " + KEY.encode()).name == "app"
    with pytest.raises(Unauthorized):
        Keys(((hash_key(KEY, pepper + b"\1"), Caller("app")),), pepper).authenticate(b"Bearer " + KEY.encode())
