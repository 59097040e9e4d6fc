"""Paths name places by words of the APIs, and never repeat what a caller or a model wrote."""

from __future__ import annotations

import pytest

from gateway.wire.named import named


@pytest.mark.parametrize(("path", "shown"), [
    ("/choices/0/content#2", "/choices/0/content#2"),
    ("/messages/12/content/0/text", "/messages/12/content/0/text"),
    ("/metadata/my secret/~key", "/metadata/*/~key"),
    ("/choices/0/~choice/Falcon~1X/~key", "/choices/0/~choice/*/~key"),
    ("/metadata/4111111111111111", "/metadata/*"),
    ("/choices/0/Falcon#2", "/choices/0/*"),
    ("/choices/0/content#Falcon", "/choices/0/*"),
])  # fmt: skip
def test_what_is_no_word_of_an_api_is_not_repeated(path: str, shown: str) -> None:
    assert named(path) == shown
