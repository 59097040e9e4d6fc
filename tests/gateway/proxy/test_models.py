"""Which upstream a model name leads to."""

from __future__ import annotations

import pytest

from gateway.errors import Forbidden, NotFound
from gateway.proxy.auth import Caller
from gateway.proxy.models import Entry, Models
from gateway.proxy.upstream import Target, Upstream

ONE = Upstream(Target("one", "http://127.0.0.1:1/v1"), lambda: 0.0)
TWO = Upstream(Target("two", "http://127.0.0.1:2/v1"), lambda: 0.0)
ANY = Caller("app")


def test_an_exact_name_wins_over_wildcards_and_the_first_wildcard_over_later_ones() -> None:
    models = Models((Entry("hand*", ONE), Entry("handbook", TWO, "inner"), Entry("*", TWO)))
    assert (models.route("handbook", ANY).upstream, models.route("handbook", ANY).upstream_model) == (TWO, "inner")
    assert models.route("handy", ANY).upstream is ONE
    assert (models.route("else", ANY).upstream, models.route("else", ANY).label) == (TWO, "*")
    assert models.upstreams == (ONE, TWO)


def test_names_that_are_not_served_or_not_the_key_s() -> None:
    models = Models((Entry("handbook", ONE),))
    with pytest.raises(NotFound) as caught:
        models.route("CANARY", ANY)
    assert "CANARY" not in str(caught.value.body())
    with pytest.raises(Forbidden):
        models.route("handbook", Caller("app", models=("other",)))


def test_callers_cannot_fill_the_memory_with_names() -> None:
    models = Models((Entry("*", ONE),))
    for number in range(6000):
        models.route(f"m{number}", ANY)
    assert len(models._found) <= 4096
    assert models.route("m5999", ANY).upstream is ONE


@pytest.mark.parametrize("url", ["ftp://x/v1", "http:///v1", "127.0.0.1:8000", ""])
def test_a_base_url_must_be_http(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Upstream(Target("bad", url), lambda: 0.0)
