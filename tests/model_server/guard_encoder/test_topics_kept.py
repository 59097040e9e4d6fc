"""Topics that choose how topics are read: none of them, nor everyday texts, is in what weights learn or sets are made of."""

from __future__ import annotations

import re
from pathlib import Path

from model_server.guard_encoder import recipe
from model_server.guard_encoder.topics_kept import CLINC, everyday, own_kept

TRAINED = Path("model_server/guard_encoder/topics.txt")


def test_topics_are_read_as_operators_give_them(tmp_path: Path) -> None:
    path = tmp_path / "topics"
    path.write_text("# tea: Tea and pots\n> green tea | a pot\nIs it hot?\n- Tea for two, the song\n"
                    "# ink: Ink\n> pen\nHow does it dry?\n", encoding="utf-8")
    tea, ink = own_kept(path)
    assert (tea.topic.name, tea.topic.describe, tea.topic.phrases) == ("tea", "Tea and pots", ("green tea", "a pot"))
    assert tea.texts == ("Is it hot?",)
    assert tea.near == ("Tea for two, the song",)
    assert (ink.texts, ink.near) == (("How does it dry?",), ())


def test_each_topic_has_enough_to_measure_with() -> None:
    kept = list(own_kept())
    assert len({each.topic.name for each in kept}) == len(kept) >= 10
    for each in kept:
        assert each.topic.describe, each.topic.name
        assert 10 <= len(each.topic.phrases) <= 15, each.topic.name
        assert len(set(each.texts)) == len(each.texts) >= 30, each.topic.name
        assert len(set(each.near)) == len(each.near) >= 6, each.topic.name
    assert set(CLINC) == recipe.UNSEEN_DOMAINS


def test_no_text_is_learnt_and_none_is_said_twice() -> None:
    learnt = {line.strip() for line in TRAINED.read_text(encoding="utf-8").splitlines()}
    said = [text for each in own_kept() for text in (*each.texts, *each.near)] + [text for text, _ in everyday()]
    assert len(set(said)) == len(said)
    assert not learnt & set(said)


def test_everyday_texts_are_of_many_groups() -> None:
    texts = list(everyday())
    assert len({group for _, group in texts}) > 50
    assert all(re.search(r"\w", text) and not text.startswith(("#", ">", "-")) for text, _ in texts)


def test_the_shipped_detector_tells_these_topics_apart() -> None:
    """By descriptions and phrases alone; half of the topics chose how likeness is computed, all of them ``usual``."""
    from gateway.core.windows import Ask
    from gateway.detectors.topic import TopicDetector
    from gateway.guards.topic import OFF_TOPIC, TopicParams

    detector, kept = TopicDetector(), list(own_kept())
    others = [text for text, _ in everyday()][::4]

    def found(texts: tuple[str, ...], params: TopicParams) -> dict[str, float]:
        """The share of ``texts`` with a reading of at least 0.5, by its name."""
        answers = detector.read([Ask("topic", 0, len(text), text, "", "user", params) for text in texts])
        read = [answer for answer in answers if isinstance(answer, tuple)]  # the others count as not found
        names = [each.entity for answer in read for each in answer if each.score >= 0.5]
        return {name: names.count(name) / len(texts) for name in set(names)}

    hits, false, blocked, caught = [], [], [], []
    for each in kept:
        denied, only = TopicParams(deny=(each.topic,)), TopicParams(only=(each.topic,))
        hits.append(found(each.texts, denied).get(each.topic.name, 0.0))
        false.append(found(tuple(others), denied).get(each.topic.name, 0.0))
        blocked.append(found(each.texts, only).get(OFF_TOPIC, 0.0))
        caught.append(found(tuple(text for text in others if len(text.split()) > 2), only).get(OFF_TOPIC, 0.0))
    hit, wrong, block, catch = (sum(shares) / len(kept) for shares in (hits, false, blocked, caught))
    assert hit > 0.5, hits
    assert wrong < 0.03, false
    assert block < 0.12, blocked
    assert catch > 0.8, caught
