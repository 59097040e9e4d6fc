"""Where and how a text is planted in a document: the same for injections and for what is harmless in their place."""

from __future__ import annotations

import random
import re

LONGEST = 1200
"""Characters of a carrier: with what is planted it fits the windows that are learned from (``items.MOST_ROWS``)."""

_ANY = (*("{}",) * 12, "<!-- {} -->", "[{}]", "({})", "**{}**", "> {}", "---\n{}\n---", '"{}"', "/* {} */", "# {}",
        "// {}", '<div style="display:none">{}</div>', '<span style="color:#fff">{}</span>', "[//]: # ({})", "NB: {}",
        "* {}", "<p hidden>{}</p>", '"note": "{}"', "<!--\n{}\n-->", "\n\n\n\n{}", '<img src="x.png" alt="{}">',
        "{}\n\n", "***\n{}\n***", "=== {} ===", "PS: {}", "- {}", "\u201c{}\u201d", "<b>{}</b>", "Note: {}", "<{}>",
        "\t{}", "`{}`", "{}\n--", "[1] {}", "[^1]: {}", "<noscript>{}</noscript>", "{{!-- {} --}}", "%% {}", "[sic] {}",
        '<span style="font-size:0">{}</span>', "[hidden]{}[/hidden]", "(continued) {}", "[image: {}]",
        "<small>{}</small>", "| {} |", "[handwritten: {}]", "~~{}~~", "<summary>{}</summary>",
        "...{}...", "   {}", "Translator's note: {}")
_CODE = ("# {}", "// {}", "/* {} */", '"""{}"""', "-- {}", "<!-- {} -->", 'note = "{}"', 'print("{}")', "# TODO: {}",
         "{}")
_FIELDS = ('"note": "{}",', '"comment": "{}"', '{"text": "{}"}', '"{}"', "{}", "text: {}", '"body": "{}"')
_CELLS = ("| {} | | |", ",{},", '"{}",1,', "| {} |", "{}", "{}\t-\t-", "9;{};x", "<td>{}</td>", "Note: {}")
_MARKUP = ("<p>{}</p>", "<!-- {} -->", '<div style="display:none">{}</div>', '<img src="b.png" alt="{}">', "{}",
           "<li>{}</li>", '<meta name="description" content="{}">', '<span class="sr-only">{}</span>',
           '<a title="{}" href="#">x</a>')
_MAIL = ("{}", "{}", "> {}", "PS: {}", "P.S. {}", "--\n{}", "Subject: {}", "*{}*", "[{}]", "Sent from my phone\n{}")
_SHOWN = ("{}", "{}", "[{}]", "- {}", "({})", "<i>{}</i>", "[note: {}]", "00:00:59,000 --> 00:01:02,000\n{}",
          "NARRATOR: {}")
_LINES = ("{}", "[note] {}", "10:14 {}", "INFO {}", "- {}", "* {}", "msg={}", '"{}"', "### {}")
_KINDS = {_CODE: "code stacktrace commit config patch dockerfile notebook sql_dump",
          _FIELDS: "json api_result issue_json",
          _CELLS: "table spreadsheet", _MARKUP: "html jsonld webpage feed", _SHOWN: "subtitles",
          _MAIL: "mail newsletter thread letter email_notification",
          _LINES: "log ticket chatlog calendar invoice transcript chat_export"}
_OF = {kind: wraps for wraps, kinds in _KINDS.items() for kind in kinds.split()} | {"readme": _ANY}
_CUT = re.compile(r"(?<=[.!?])\s|\n|(?<=[.!?])(?=[\"<])")


def wrapping(kind: str, chance: random.Random) -> str:
    """What stands around the planted text, ``{}``, in a carrier of ``kind``: nothing, a comment, a field, a tag."""
    return chance.choice(_OF[kind] if kind in _OF and chance.random() < 0.6 else _ANY)


def clipped(text: str, most: int) -> str:
    """The beginning of ``text``, up to ``most`` characters, that ends with a line or a sentence where there is one."""
    if len(text) <= most:
        return text
    ends = [found.end() for found in _CUT.finditer(text, most // 2, most)]
    return text[: ends[-1] if ends else most].rstrip()


def planted(around: str, wrap: str, text: str, place: float, glue: str) -> str:
    """``text`` before ``around`` (``place`` < 0.2), after one of its sentences or lines (< 0.6), between two of its
    words (< 0.66), or behind it."""
    inside = wrap.replace("{}", text)
    if place < 0.2:
        return inside + glue + around
    cuts = [found.end() for found in _CUT.finditer(around)]
    share = (place - 0.2) / 0.4
    if 0.6 <= place < 0.66:
        cuts = [found.end() for found in re.finditer(r"\S\s(?=\S)", around)]
        glue, share = " ", (place - 0.6) / 0.06
    if place >= 0.66 or not cuts:
        return around + glue + inside
    cut = cuts[int(share * len(cuts)) % len(cuts)]
    if not around[cut - 1].isspace():
        return f"{around[:cut]} {inside}{around[cut:]}"
    return around[:cut] + inside + glue + around[cut:]
