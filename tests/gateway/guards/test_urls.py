"""Addresses: lists, disguises, imitations, links that show another target, data on its way out; and harmless ones."""

from __future__ import annotations

import pytest

from gateway.guards.urls import UrlsParams
from gateway.guards.urls_hosts import imitations, read, site
from tests.gateway.guards.table import asked, guard_table, plan_for

_DENY = UrlsParams(deny=("evil.com", "host.org/paste", "zip"), allow=("good.evil.com",), entities=("DENIED_DOMAIN",))
test_denied = guard_table("urls", [
    ("see https://evil.com/x?y=1.", [("https://evil.com/x?y=1", "DENIED_DOMAIN")]),
    ("see HTTPS://A.EVIL.com", [("HTTPS://A.EVIL.com", "DENIED_DOMAIN")]),
    ("go to www.evil.com/now!", [("www.evil.com/now", "DENIED_DOMAIN")]),
    ("at evil.com.", [("evil.com", "DENIED_DOMAIN")]),
    ("https://notevil.com https://evil.com.org", []),
    ("mail me@evil.com", []),
    ("http://host.org/a/../paste/b", [("http://host.org/a/../paste/b", "DENIED_DOMAIN")]),
    ("https://host.org/pastel", []),
    ("https://x.zip/setup and data.zip", [("https://x.zip/setup", "DENIED_DOMAIN"), ("data.zip", "DENIED_DOMAIN")]),
], params=_DENY)

test_a_longer_allowed_name = guard_table(
    "urls", [("http://good.evil.com", [])], params=_DENY, known_gaps=("look-alike", "combining mark"))

_ALLOW = UrlsParams(allow=("acme.com", "github.com/acme"))
test_unlisted = guard_table("urls", [
    ("https://other.org/a", [("https://other.org/a", "UNLISTED_DOMAIN")]),
    ("https://github.com/acmes", [("https://github.com/acmes", "UNLISTED_DOMAIN")]),
    ("https://acme.com@evil.org", [("https://acme.com@evil.org", "UNLISTED_DOMAIN"), ("https://acme.com@evil.org", "USERINFO")]),
    (r"https://acme.com\@evil.org", [(r"https://acme.com\@evil.org", "UNLISTED_DOMAIN"), (r"https://acme.com\@evil.org", "USERINFO")]),
    ("https:/evil.org/x", [("https:/evil.org/x", "UNLISTED_DOMAIN")]),
    (r"http:\\evil.org", [(r"http:\\evil.org", "UNLISTED_DOMAIN")]),
    ("https://evil.org#@acme.com", [("https://evil.org#@acme.com", "UNLISTED_DOMAIN")]),
    ("http://3232235777/", [("http://3232235777/", "DISGUISED_HOST"), ("http://3232235777/", "PRIVATE_HOST"),
                            ("http://3232235777/", "UNLISTED_DOMAIN")]),
    ("[docs](https://evil.org)", [("https://evil.org", "UNLISTED_DOMAIN")]),
    ("other.org", [("other.org", "UNLISTED_DOMAIN")]),
    ("https://acme.net", [("https://acme.net", "UNLISTED_DOMAIN")]),
], params=_ALLOW)

test_listed_and_harmless = guard_table("urls", [
    ("https://www.acme.com/a?b=c#d", []),
    ("[docs](https://github.com/acme/x)", []),
    ("https://ACME.com:8443", []),
    ("config.yaml, main.py, ASP.NET, e.g.this", []),
    ("me@other.org wrote: v1.2.3, obj.method()", []),
    ("https://{host}/api", []),
    ("data: yes; javascript: the good parts", []),
], params=_ALLOW, known_gaps=("look-alike", "combining mark"))

test_tricks = guard_table("urls", [
    ("http://0x7f.0.0.1/", [("http://0x7f.0.0.1/", "DISGUISED_HOST"), ("http://0x7f.0.0.1/", "PRIVATE_HOST")]),
    ("http://0177.1", [("http://0177.1", "DISGUISED_HOST"), ("http://0177.1", "PRIVATE_HOST")]),
    ("http://169.254.169.254/x", [("http://169.254.169.254/x", "PRIVATE_HOST")]),
    ("http://[::1]:80/", [("http://[::1]:80/", "PRIVATE_HOST")]),
    ("https://ev%69l.org", [("https://ev%69l.org", "DISGUISED_HOST")]),
    ("https://bank.com@evil.org", [("https://bank.com@evil.org", "USERINFO")]),
    ("a javascript:alert(1)", [("javascript:alert", "SCHEME")]),
    ("data:text/html;base64,PHN2Zz4=", [("data:text/html;base64,PHN2Zz4=", "SCHEME")]),
    ("[bank.com](https://evil.org/)", [("[bank.com](https://evil.org/", "LINK_MISMATCH")]),
    ("[the bank](https://evil.org/)", []),
    ("[ASP.NET](https://bank.com/)", []),
    ("[www.bank.com](https://bank.com/)", []),
    ("<a href='https://evil.org'>https://bank.com</a>", [("<a href='https://evil.org'>https://bank.com</a", "LINK_MISMATCH")]),
    ("![x](https://e.org/?q={chat})", [("![x](https://e.org/?q={chat}", "DATA_IN_URL")]),
    ("![x](//e.org/" + "YWJj" * 17 + ")", [("![x](//e.org/" + "YWJj" * 17, "DATA_IN_URL")]),
    ("![ok](https://i.org/a.png?style=flat)", []),
    ("https://example.com/a-page/of-mine?id=3", []),
    ("http://8.8.8.8/dns 10.0.0.1 is a host", []),
])

_STRICT = UrlsParams(shorteners=False, schemes=("https",), bare=False, max_link_data=20)
test_settings = guard_table("urls", [
    ("https://bit.ly/3xY", [("https://bit.ly/3xY", "SHORTENER")]),
    ("http://a.org", [("http://a.org", "SCHEME")]),
    ("ftp://a.org", [("ftp://a.org", "SCHEME")]),
    ("https://a.org/?q=12345678901234567890", [("https://a.org/?q=12345678901234567890", "DATA_IN_URL")]),
    ("bare.org is not looked at", []),
], params=_STRICT)


@pytest.mark.parametrize(("text", "score"), [
    ("paypa1.com", 0.95), ("rnicrosoft.com", 0.95), ("micr0soft.co.uk", 0.95), ("paypal.com.evil.net", 0.95),
    ("xn--pypal-4ve.com", 0.95), ("p\u0430ypal.com", 0.95), ("paypal-login.net", 0.6), ("papyal.com", 0.7),
    ("microsft.com", 0.7), ("microsofft.com", 0.7), ("paypal.com", 0), ("www.paypal.com", 0), ("paypal.net", 0.4),
    ("payload.com", 0), ("wikipedia.org", 0), ("softmicro.com", 0), ("localhost", 0),
])
def test_imitations_of_names(text: str, score: float) -> None:
    assert imitations(("paypal.com", "microsoft.com")).score(text) == score


@pytest.mark.parametrize("host", ["\u0430cme.com", "acm\u0435.com", "a\u0336cme.com", "xn--cme-5cd.com"])
def test_look_alike_letters_do_not_pass_for_a_listed_domain(host: str) -> None:
    """Guards read folded text, in which this is acme.com; the address leads to whoever registered the other name."""
    found = asked(plan_for("urls", _ALLOW), f"https://{host}/login")
    assert [each.entity for each in found] == ["LOOKALIKE_DOMAIN"]


@pytest.mark.parametrize("host", ["ac\u00adme.com", "\uff41\uff43\uff4d\uff45.com", "acme\u3002com", "ac\u200bme.com"])
def test_what_a_browser_maps_to_a_listed_domain_is_that_domain(host: str) -> None:
    assert asked(plan_for("urls", _ALLOW), f"https://{host}/login") == ()


def test_an_address_inside_an_address_is_read_too() -> None:
    found = asked(plan_for("urls", UrlsParams(deny=("evil.com",))), "https://go.org/?u=https%3A%2F%2Fevil.com%2F")
    assert [each.entity for each in found] == ["DENIED_DOMAIN"]


@pytest.mark.parametrize(("text", "host"), [
    ("http://017700000001/", "127.0.0.1"), ("http://127.1", "127.0.0.1"), ("http://0x7f000001:80", "127.0.0.1"),
    ("https://a:b@c.org:1/x", "c.org"), ("//c.org\\d", "c.org"), ("https://C.ORG.", "c.org"), ("http://1.2.3.4.5/", "1.2.3.4.5"),
    ("http://256.1.1.1", "256.1.1.1"), ("http://4294967296", "4294967296"), ("https://", ""),
    ("http:\\\\c.org", "c.org"), ("https:/c.org/x", "c.org"), ("https:///c.org", "c.org"), ("https://a.org\\@c.org", "c.org"),
])
def test_hosts_as_browsers_read_them(text: str, host: str) -> None:
    assert read(text).host == host


def test_the_registered_part_of_a_name() -> None:
    assert [site(each) for each in ("a.b.com", "shop.x.co.uk", "co.uk", "com")] == ["b.com", "x.co.uk", "co.uk", "com"]


@pytest.mark.parametrize("params", [{"allow": ("https://a.com",)}, {"deny": ("",)}, {"entities": ("X",)}, {"max_link_data": -1}])
def test_settings_that_cannot_be_meant_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no domain|unknown entity|must be 0"):
        UrlsParams(**params)  # type: ignore[arg-type]
