"""The graph that is shipped computes what torch trained, but for eight bits; the losses teach what they say."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytestmark = pytest.mark.train


def test_the_graph_is_the_student() -> None:
    import onnxruntime

    from model_server.guard_encoder.export import floats
    from model_server.guard_encoder.graph import EncoderGraph
    from model_server.guard_encoder.names import SCORES
    from model_server.guard_encoder.student import HEADS, LAYERS, Student

    torch.manual_seed(1)
    student = Student().eval()
    torch.nn.init.normal_(student.meaning.weight)
    graph = EncoderGraph(floats(student.state_dict()), HEADS, LAYERS, len(SCORES)).build()
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = torch.randint(0, 30000, (3, 40))
    mask = torch.ones_like(ids)
    mask[1, 25:] = 0
    types = torch.randint(0, 4, (3, 40))
    with torch.inference_mode():
        wanted = student(ids, mask, types)
    names = {"ids": ids.numpy(), "mask": mask.numpy(), "types": types.numpy()}
    for one, other in zip(wanted, session.run(["scores", "topic", "tags", "planted"], names), strict=True):
        assert np.abs(one.numpy() - other).max() < 0.05


def test_a_training_begins_with_what_was_exported(tmp_path: Path) -> None:
    from model_server.guard_encoder import begin, export
    from model_server.guard_encoder.student import Student

    torch.manual_seed(2)
    student = Student()
    for value in student.parameters():
        torch.nn.init.normal_(value.data, std=0.1)
    torch.save({"average": student.state_dict()}, tmp_path / "one.pt")
    first = export.export(tmp_path / "one.pt", tmp_path / "one").read_bytes()
    again = begin.shipped(tmp_path / "one", student.words.weight.detach())
    for name, value in again.state_dict().items():
        assert (value - student.state_dict()[name]).abs().max() < 0.005, name
    torch.save({"average": again.state_dict()}, tmp_path / "two.pt")
    assert export.export(tmp_path / "two.pt", tmp_path / "two").read_bytes() == first, "eight bits once more are the same"


def test_weights_go_a_part_of_the_way_from_where_a_training_began(tmp_path: Path) -> None:
    from model_server.guard_encoder import begin
    from model_server.guard_encoder.student import Student

    torch.manual_seed(3)
    began, learnt = Student(), Student()
    torch.save({"average": learnt.state_dict()}, tmp_path / "run.pt")
    begin.blend(tmp_path / "run.pt", began, 0.25)
    for name, value in torch.load(tmp_path / "run.pt", weights_only=True)["average"].items():
        wanted = 0.75 * began.state_dict()[name] + 0.25 * learnt.state_dict()[name]
        assert (value - wanted).abs().max() < 1e-6, name


def test_weights_that_are_new_go_all_the_way(tmp_path: Path) -> None:
    import onnx

    from model_server.guard_encoder import begin, export
    from model_server.guard_encoder.student import Student

    torch.manual_seed(4)
    began, learnt = Student(), Student()
    for student, name in ((began, "old"), (learnt, "run")):
        torch.nn.init.normal_(student.planted.bias)
        torch.save({"average": student.state_dict()}, tmp_path / f"{name}.pt")
    path = export.export(tmp_path / "old.pt", tmp_path / "old")
    assert begin.lacks(tmp_path / "old") == frozenset()
    graph = onnx.load(str(path))
    kept = [each for each in graph.graph.initializer if not each.name.startswith("planted.")]
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    path.write_bytes(graph.SerializeToString())
    new = begin.lacks(tmp_path / "old")
    assert new == {"planted.weight", "planted.bias"}
    begin.blend(tmp_path / "run.pt", began, 0.25, new)
    found = torch.load(tmp_path / "run.pt", weights_only=True)["average"]
    assert (found["planted.bias"] - learnt.planted.bias).abs().max() == 0
    assert (found["tags.weight"] - learnt.tags.weight).abs().max() > 0.01


def test_a_bag_is_judged_by_its_highest_window_and_harmless_ones_by_each() -> None:
    from gateway.detectors.encoder import SHIPPED
    from model_server.guard_encoder.items import Item
    from model_server.guard_encoder.learn import collate, score_loss

    rows = [next(SHIPPED.tokens.rows(text, "user")) for text in ("one", "two", "three")]
    batch = collate([Item((rows[0], rows[1]), 0, 1.0, "attack"), Item((rows[2],), 0, 0.0, "harmless")])
    scores = torch.zeros(3, 3)

    def loss(first: float, second: float, harmless: float) -> float:
        scores[:, 0] = torch.tensor([first, second, harmless])
        return float(score_loss(batch, scores))

    assert loss(5, -5, -5) == loss(-5, 5, -5) < loss(-5, -5, -5)
    assert loss(5, -5, -1) > loss(5, -5, -2.5), "below the margin is better than below 0"


def test_contrast_draws_a_meaning_together() -> None:
    from model_server.guard_encoder.meanings import contrast

    owner, domain = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    mixed = torch.tensor([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    assert contrast(apart, owner, domain) < 0.01 < contrast(mixed, owner, domain)
    assert contrast(mixed, owner, torch.zeros(4, dtype=torch.int64)) < contrast(mixed, owner, domain)


def test_drawn_meanings_have_a_name_and_texts() -> None:
    from gateway.detectors.encoder import SHIPPED
    from model_server.guard_encoder.meanings import drawn, own_topics

    rows, owner, domain = drawn(SHIPPED.tokens, list(own_topics()), random.Random(1), size=5)
    assert len(rows) == len(owner) == len(domain) == 20
    assert sorted(set(owner)) == list(range(5))


def test_every_token_is_taught_whether_it_is_part_of_an_attack() -> None:
    from gateway.detectors.encoder import SHIPPED
    from model_server.guard_encoder.items import UNTAGGED, Item
    from model_server.guard_encoder.learn import collate, planted_loss

    rows = [next(SHIPPED.tokens.rows(text, "user")) for text in ("one two", "three four five", "six")]
    marks = ((UNTAGGED, 0, 0, UNTAGGED), (UNTAGGED, 0, 1, 1, UNTAGGED))
    unmarked = Item((rows[2],), 2, 0.0, "x")
    batch = collate([unmarked, Item(tuple(rows[:2]), 1, 1.0, "x", marks=marks)])
    right = torch.full((3, 5, 2), -20.0)
    right[2, 2:4, 1] = 20.0
    assert planted_loss(batch, right) < 1e-6
    for row, place, head, counts in ((2, 2, 1, True), (1, 1, 1, True), (2, 1, 1, True), (2, 3, 0, False), (0, 1, 1, False),
                                     (2, 0, 1, False), (1, 4, 1, False)):
        wrong = right.clone()
        wrong[row, place, head] *= -1
        assert bool(planted_loss(batch, wrong) > 1) == counts, (row, place, head)
    assert float(planted_loss(collate([unmarked]), right[:1])) == 0.0


def test_several_seeds_become_their_mean(tmp_path: Path) -> None:
    from model_server.guard_encoder import begin

    for number, value in enumerate((1.0, 2.0, 6.0)):
        torch.save({"average": {"a": torch.full((2,), value)}}, tmp_path / f"{number}.pt")
    begin.mean([tmp_path / f"{number}.pt" for number in range(3)], tmp_path / "new" / "mean.pt")
    assert torch.load(tmp_path / "new" / "mean.pt", weights_only=True)["average"]["a"].tolist() == [3.0, 3.0]
