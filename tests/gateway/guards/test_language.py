"""What the language guard makes of scripts and of a detector's readings; the detector itself has its own table."""

from __future__ import annotations

import pytest

from gateway.core.guard import guards
from gateway.core.windows import Ask, Reading
from gateway.guards.language import LanguageParams, code, judged
from gateway.guards.language_data import script

_EN = LanguageParams(allow=("English", "de-DE"))
GERMAN = "Könnten Sie mir bitte helfen"


def _readings(text: str, **scores: float) -> tuple[Reading, ...]:
    return tuple(Reading(0, len(text), score, name) for name, score in scores.items())


@pytest.mark.parametrize(("text", "scores", "params", "found"), [
    (GERMAN, {"de": 0.9}, _EN, None),
    (GERMAN, {"fr": 0.9, "de": 0.1}, _EN, ("FR", 0.8)),
    (GERMAN, {"pcm": 0.9}, _EN, None),  # kin of English
    (GERMAN, {"nl": 0.5, "de": 0.5}, _EN, ("NL", 0.0)),
    (GERMAN, {"de": 0.9}, LanguageParams(deny=("german",)), ("DE", 0.9)),
    (GERMAN, {"fr": 0.9}, LanguageParams(deny=("de",)), None),
    ("ciao bella", {"it": 0.9}, _EN, None),  # nine letters
    ("привет", {}, _EN, ("LANGUAGE", 0.95)),
    ("привет", {"ru": 0.2}, _EN, ("RU", 0.95)),
    ("你好", {"yue": 0.6}, _EN, ("YUE", 0.95)),
    ("你好", {"yue": 0.6}, LanguageParams(allow=("zh",)), None),
    ("The word 猫 means cat in Japanese", {"en": 0.9}, _EN, None),
    ("angle α and β in the plane", {"en": 0.9}, _EN, None),
    ("12 + 34 = 46", {}, _EN, None),
    ("", {}, _EN, None),
    ("zxq vvk jjq wxz qqr", {"zxx": 0.9}, _EN, None),
    ("zxq vvk jjq wxz qqr", {"zxx": 0.9}, LanguageParams(allow=("en",), unknown=False), ("UNKNOWN", 0.6)),
    ("what is the time now", {"en": 0.9}, LanguageParams(allow=("en",), unknown=False), None),
])
def test_judged(
    text: str, scores: dict[str, float], params: LanguageParams, found: tuple[str, float] | None
) -> None:
    reading = judged(text, _readings(text, **scores), params)
    assert (reading and (reading.entity, pytest.approx(reading.score))) == found


def test_a_window_is_judged_by_the_rules_own_list() -> None:
    take, text = guards()["language"].take, GERMAN
    assert take is not None
    readings = _readings(text, de=0.9)
    assert take(Ask("language", 0, len(text), text, "", "user", LanguageParams(allow=("de",))), readings) == ()
    assert take(Ask("language", 0, len(text), text, "", "user", LanguageParams(allow=("en",))), readings) != ()


@pytest.mark.parametrize(("char", "name"), [
    ("a", "Latin"), ("ß", "Latin"), ("ж", "Cyrillic"), ("λ", "Greek"), ("カ", "Kana"), ("漢", "Han"), ("한", "Hangul"),
    ("1", ""), ("\U0001f600", ""), ("-", ""), ("é", "Latin"), ("ا", "Arabic"), ("ฉ", "Thai"),
])
def test_scripts(char: str, name: str) -> None:
    assert script(char) == name


def test_names_and_codes() -> None:
    assert [code(each) for each in ("English", "EN", "en_GB", "pt-BR", "zh")] == ["en", "en", "en", "pt", "zh"]


@pytest.mark.parametrize("params", [{"allow": ("klingonese",)}, {"deny": ("",)}, {"allow": ("en",), "deny": ("de",)}])
def test_settings_that_cannot_be_meant_are_refused(params: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"is no language|to allow and to deny"):
        LanguageParams(**params)  # type: ignore[arg-type]


def test_a_rule_without_languages_is_refused() -> None:
    with pytest.raises(ValueError, match="allows every language"):
        guards()["language"].patterns(LanguageParams())
