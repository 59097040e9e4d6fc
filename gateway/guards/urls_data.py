"""What the ``urls`` guard looks for in a text, and the names it knows: patterns, shorteners, schemes that run code."""

from __future__ import annotations

from gateway.core.pattern import pattern

_SHORTENERS = """
adf.ly amzn.to bit.do bit.ly bl.ink buff.ly clck.ru cli.gs cutt.ly dlvr.it fb.me git.io goo.gl goo.su is.gd j.mp
kutt.it lnk.bio lnkd.in ow.ly qr.ae rb.gy rebrand.ly s.id short.io shorte.st shorturl.at snip.ly soo.gd t.co t.ly
t2m.io tiny.cc tinyurl.com tr.im trib.al u.to urlz.fr v.gd wp.me x.co x.gd zpr.io
"""
SHORTENERS = frozenset(_SHORTENERS.split())
"""Hosts whose addresses say nothing about where they lead."""

RUNNING = frozenset({"javascript", "vbscript", "data", "livescript", "jscript"})
"""Schemes whose addresses are code or content, not places."""

_BARE = """
com org net info biz edu gov mil int eu uk de fr nl es it pt at ch be dk se fi pl cz jp cn kr ru br mx ca au nz in us
app dev xyz top online site shop store club live world today icu buzz cloud tech space website page link click email
"""
BARE = frozenset(_BARE.split())
"""Top-level domains after which a name without ``http`` and without a path counts; others are file endings, too."""

NO_DOMAINS = frozenset({"asp.net", "ado.net", "vb.net", "ml.net", "socket.io"})
"""Names of products that only look like addresses."""

_PART = r"[^\s<>\"'`()\[\]|]"
_LONG = _PART + "{0,1000}" + _PART + "{0,1000}"
URL = pattern(
    r"\b(?:https?:[/\\]{1,4}|[a-z][a-z0-9+.-]{1,20}:[/\\]{2,4})(?:\[[0-9a-f:.]{2,45}\]|" + _PART + ")" + _LONG,
    ignore_case=True, trigger=r":[/\\]",
)
RUNS_CODE = pattern(
    r"\b(?:(?:java|vb|live|j)script:[^\s\"'<>]|data:[a-z]{1,20}/[a-z0-9.+-]{1,60}[;,])" + _LONG,
    ignore_case=True, trigger=r"(?:script:[^\s\"'<>]|data:[a-z]{1,20}/)",
)
NAME = pattern(
    r"\b(?:[a-z0-9][a-z0-9-]{0,62}\.){1,6}[a-z]{2,18}(?:(?::\d{1,5})?/" + _LONG + r"|\b)",
    ignore_case=True, trigger=r"[a-z0-9]\.[a-z]{2}",
)
_TARGET = r"<?[^\s<>)]{1,1000}[^\s<>)]{0,1000}"
MARKDOWN = pattern(r"!?\[[^\[\]\n]{0,200}\]\(\s{0,2}" + _TARGET, trigger=r"\]\(")
DEFINITION = pattern(r"\[[^\[\]\n]{1,100}\]:[ \t]{0,3}" + _TARGET, trigger=r"\]:")
ANCHOR = pattern(
    r"<a\s[^<>]{0,300}href\s{0,2}=\s{0,2}[\"']?[^\s\"'<>]{1,1000}[^<>]{0,300}>[^<>\n]{0,200}</a", ignore_case=True,
    trigger=r"<a\s",
)
EMBEDDED = pattern(
    r"(?:<(?:img|image|iframe|script|video|audio|source|embed|object|link|body|table|input)\s[^<>]{0,400}"
    r"(?:src|href|data|background|poster|srcset)\s{0,2}=\s{0,2}[\"']?"
    r"|url\([\"']?)[^\s\"'<>)]{3,1000}[^\s\"'<>)]{0,1000}",
    ignore_case=True, trigger=r"(?:<[a-z]{3,6}\s|url\()",
)
"""What a page loads by itself, without anybody's click."""
