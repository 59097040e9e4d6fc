"""Text that never repeats, so that no gateway can look fast by remembering a verdict."""

from __future__ import annotations

_WORDS = """
the staff may take days off after a talk with their lead and the office will note it in the plan for next
month so that each team knows who is in and who is away when a client calls about an order or a visit to
the works in the north where parts are made tested packed and sent by road or rail within a week of the
request
""".split()  # noqa: SIM905 - ninety pairs of quotes would hide the words


def sentence(seed: int, length: int) -> str:
    """``length`` characters of words in an order that ``seed`` decides, with numbers and full stops between."""
    state = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & 0xFFFFFFFFFFFFFFFF
    out: list[str] = []
    size = 0
    while size < length:
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        pick = state >> 33
        word = _WORDS[pick % len(_WORDS)]
        if pick % 23 == 0:
            word = f"{word}."
        elif pick % 41 == 0:
            word = str(pick % 900)
        out.append(word)
        size += len(word) + 1
    return " ".join(out)[:length]
