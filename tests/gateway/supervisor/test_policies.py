"""Reloading: whatever happens to the files, a valid set serves, and a valid change is taken up as a whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.engine import Plan
from gateway.core.types import Channel, Context, Decision, Segment
from gateway.errors import PolicyErrors
from gateway.proxy.plans import Unforeseen
from gateway.supervisor import policies as module
from gateway.supervisor.compiled import MAX_KNOWN
from gateway.supervisor.database_cache import DiskCache
from gateway.supervisor.policies import ActivePolicies, Reload
from tests.gateway.config.specs import SPECS

GOOD = "policy: base\nrules: [{id: a, guard: words, words: [pelican]}]\n"
OTHER = "policy: base\nrules: [{id: a, guard: words, words: [heron]}]\n"


@pytest.fixture(autouse=True)
def _small_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.config import policy_file

    monkeypatch.setattr(policy_file, "guards", lambda: SPECS)
    monkeypatch.setattr(module, "guards", lambda: SPECS)


def plan_for(policies: ActivePolicies, model: str, key: str) -> Plan:
    """As a request gets it, but compiled here where nobody foresaw it."""
    found = policies.at_hand(model, key)
    return found if isinstance(found, Plan) else found.compile()


def blocks(policies: ActivePolicies, text: str, model: str = "m", key: str = "k") -> bool:
    exchange = plan_for(policies, model, key).open(Context(decision_id="d"))
    channel = Channel("user", (Segment("/messages/0/content", "user", text),))
    return exchange.judge_input((channel,)).decision is Decision.BLOCK


def active(directory: Path, text: str = GOOD, **options: object) -> ActivePolicies:
    (directory / "base.yaml").write_text(text, "utf-8")
    policies = ActivePolicies(directory, **options)  # type: ignore[arg-type]
    policies.load()
    return policies


def test_a_first_load_that_fails_raises(tmp_path: Path) -> None:
    with pytest.raises(PolicyErrors):
        active(tmp_path, "policy: [\n")


def test_a_change_is_activated_and_told(tmp_path: Path) -> None:
    told: list[Reload] = []
    policies = active(tmp_path, on_reload=told.append)
    before = policies.revision
    (tmp_path / "base.yaml").write_text(OTHER, "utf-8")
    assert policies.reload().result == "activated"
    assert policies.revision != before
    assert (blocks(policies, "a heron"), blocks(policies, "a pelican")) == (True, False)
    assert [(each.result, each.policies) for each in told] == [("activated", ("base",))]


def _link_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


BREAKS: dict[str, Callable[[Path], object]] = {
    "half-written": lambda path: path.write_text(GOOD[:45], "utf-8"),
    "empty": lambda path: path.write_bytes(b""),
    "deleted": lambda path: path.unlink(),
    "50 MB": lambda path: path.write_bytes(b"# " + b"x" * 50_000_000),
    "alias bomb": lambda path: path.write_text(
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)), "utf-8"),
    "unknown key": lambda path: path.write_text(GOOD + "modee: monitor\n", "utf-8"),
    "not UTF-8": lambda path: path.write_bytes(GOOD.encode("utf-16")),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
    "a link to itself": _link_loop,
    "bad pattern": lambda path: path.write_text(GOOD.replace("words: [pelican]", "regex: '(a)(?=b)'"), "utf-8"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_whatever_breaks_the_last_good_set_serves(tmp_path: Path, name: str) -> None:
    told: list[Reload] = []
    policies = active(tmp_path, on_reload=told.append)
    before, plan = policies.revision, plan_for(policies, "m", "k")
    BREAKS[name](tmp_path / "base.yaml")
    assert policies.reload().result == "refused"
    assert policies.revision == before
    assert plan_for(policies, "m", "k") is plan
    assert told[0].errors
    assert str(tmp_path) in told[0].errors[0]


def test_an_unreadable_file_keeps_the_last_good_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """chmod 000 does not stop root, so the refusal is made at the call."""
    policies = active(tmp_path)
    real = Path.open

    def refuse(path: Path, *args: object, **options: object) -> object:
        if path.name == "base.yaml":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **options)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    outcome = policies.reload()
    assert (outcome.result, blocks(policies, "a pelican")) == ("refused", True)
    assert "Permission denied" in outcome.errors[0]


def test_a_compiler_that_fails_keeps_the_last_good_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = active(tmp_path)
    (tmp_path / "base.yaml").write_text(OTHER, "utf-8")

    def fail(*_: object) -> None:
        raise RuntimeError("user text must not be shown")

    monkeypatch.setattr(module.Plan, "compile", fail)
    outcome = policies.reload()
    assert (outcome.result, outcome.errors) == ("refused", ("RuntimeError",))
    assert blocks(policies, "a pelican")


def test_a_recovery_is_told_too(tmp_path: Path) -> None:
    told: list[Reload] = []
    policies = active(tmp_path, on_reload=told.append)
    (tmp_path / "base.yaml").write_text("policy: [", "utf-8")
    policies.reload()
    (tmp_path / "base.yaml").write_text(GOOD, "utf-8")
    policies.reload()
    policies.reload()
    assert [each.result for each in told] == ["refused", "unchanged"]


def test_policies_are_chosen_by_model_and_key(tmp_path: Path) -> None:
    (tmp_path / "hand.yaml").write_text(
        "policy: hand\napplies_to: {models: ['hand*'], keys: [app]}\nrules: [{id: h, guard: words, words: [heron]}]\n",
        "utf-8")
    policies = active(tmp_path)
    assert blocks(policies, "a heron", "handbook", "app")
    assert blocks(policies, "a pelican", "handbook", "app")
    assert not blocks(policies, "a heron", "handbook", "web")
    assert not blocks(policies, "a heron", "gpt", "app")
    assert plan_for(policies, "handbook", "app").name == "base+hand"
    assert plan_for(policies, "handbook", "app") is plan_for(policies, "handbook-2", "app")


def test_a_set_is_compiled_before_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hand.yaml").write_text("policy: hand\napplies_to: {models: ['hand*']}\n", "utf-8")
    policies = active(tmp_path)
    monkeypatch.setattr(module.Plan, "compile", lambda *_: pytest.fail("compiled on the request path"))
    assert [plan_for(policies, model, "k").name for model in ("x", "handbook")] == ["base", "base+hand"]


def test_what_nobody_foresaw_is_not_compiled_where_it_is_asked_for(tmp_path: Path) -> None:
    for name, glob in (("begin", "a*"), ("end", "*b")):
        (tmp_path / f"{name}.yaml").write_text(f"policy: {name}\napplies_to: {{models: ['{glob}']}}\n", "utf-8")
    policies = active(tmp_path)
    found, other = policies.at_hand("ab", "k"), policies.at_hand("a-b", "k")
    assert isinstance(found, Unforeseen)
    assert (found, found.names) == (other, ("base", "begin", "end"))
    plan = found.compile()
    assert plan.name == "base+begin+end"
    assert policies.at_hand("ab", "k") is policies.at_hand("acb", "k") is plan


def test_model_names_that_callers_invent_do_not_fill_the_memory(tmp_path: Path) -> None:
    policies = active(tmp_path)
    for number in range(MAX_KNOWN + 10):
        plan_for(policies, f"m{number}", "k")
    assert policies._active is not None
    assert len(policies._active.known) <= MAX_KNOWN
    assert len(policies._active.plans) == 1


def test_requests_during_reloads_see_one_whole_revision(tmp_path: Path) -> None:
    """A plan taken at any moment blocks by exactly one of the two sets, and names that one."""
    policies = active(tmp_path)
    names = {policies.revision: "pelican"}
    (tmp_path / "base.yaml").write_text(OTHER, "utf-8")
    names[policies.reload().revision] = "heron"
    stop = threading.Event()

    def flip() -> None:
        for turn in range(40):
            (tmp_path / "base.yaml").write_text(GOOD if turn % 2 else OTHER, "utf-8")
            policies.reload()
        stop.set()

    thread = threading.Thread(target=flip)
    thread.start()
    mixed = 0
    while not stop.is_set():
        plan = plan_for(policies, "m", "k")
        for word in ("pelican", "heron"):
            channel = Channel("user", (Segment("/0", "user", word),))
            blocked = plan.open(Context(decision_id="d")).judge_input((channel,)).decision is Decision.BLOCK
            mixed += blocked != (names[plan.revision] == word)
    thread.join()
    assert mixed == 0


async def watched(policies: ActivePolicies, change: Callable[[], object], until: Callable[[], bool]) -> None:
    task = asyncio.create_task(policies.watch(interval=0.01))
    await asyncio.sleep(0.03)
    change()
    for _ in range(200):
        if until():
            break
        await asyncio.sleep(0.02)
    task.cancel()


async def test_the_watch_takes_up_an_edit(tmp_path: Path) -> None:
    policies = active(tmp_path)
    await watched(policies, lambda: (tmp_path / "base.yaml").write_text(OTHER, "utf-8"),
                  lambda: blocks(policies, "a heron"))
    assert blocks(policies, "a heron")


async def test_the_watch_takes_up_a_swapped_link(tmp_path: Path) -> None:
    """Kubernetes mounts a ConfigMap as links to ``..data/name`` and swaps that link."""
    for number, text in ((1, GOOD), (2, OTHER)):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "base.yaml").write_text(text, "utf-8")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "base.yaml").symlink_to("..data/base.yaml")
    policies = ActivePolicies(tmp_path)
    policies.load()

    def swap() -> None:
        (tmp_path / "..new").symlink_to("..2")
        (tmp_path / "..new").replace(tmp_path / "..data")

    await watched(policies, swap, lambda: blocks(policies, "a heron"))
    assert blocks(policies, "a heron")


async def test_the_watch_takes_up_a_changed_document(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text("pelican", "utf-8")
    policies = active(tmp_path, GOOD.replace("words: [pelican]", "words: [ibis], documents: [docs/*.md]"))
    assert blocks(policies, "a pelican")
    await watched(policies, lambda: (tmp_path / "docs" / "two.md").write_text("heron", "utf-8"),
                  lambda: blocks(policies, "a heron"))
    assert blocks(policies, "a heron")


async def test_the_watch_reports_a_broken_file_once(tmp_path: Path) -> None:
    told: list[Reload] = []
    policies = active(tmp_path, on_reload=told.append)
    await watched(policies, lambda: (tmp_path / "base.yaml").write_text("policy: [", "utf-8"), lambda: len(told) > 1)
    assert [each.result for each in told] == ["refused"]


async def test_a_file_that_is_still_being_written_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = active(tmp_path)
    looks = iter(["half", "more", "whole", "whole", *["whole"] * 50])
    at_reload: list[str] = []
    last = [""]

    def look() -> str:
        last[0] = next(looks)
        return last[0]

    def reload() -> Reload:
        at_reload.append(last[0])
        policies._looked = last[0]
        return Reload("unchanged", "")

    monkeypatch.setattr(policies, "signature", look)
    monkeypatch.setattr(policies, "reload", reload)
    await watched(policies, lambda: None, lambda: last[0] == "whole" and bool(at_reload))
    assert at_reload == ["whole"]


def test_a_change_during_the_load_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = active(tmp_path)
    load = module.load_policies

    def meanwhile(path: Path) -> object:
        found = load(path)
        (tmp_path / "base.yaml").write_text(OTHER, "utf-8")
        return found

    monkeypatch.setattr(module, "load_policies", meanwhile)
    policies.reload()
    assert policies.signature() != policies._looked


async def test_a_signal_reloads_at_once(tmp_path: Path) -> None:
    policies = active(tmp_path)
    task = asyncio.create_task(policies.watch(interval=60))
    await asyncio.sleep(0.01)
    (tmp_path / "base.yaml").write_text(OTHER, "utf-8")
    policies.wake()
    for _ in range(100):
        if blocks(policies, "a heron"):
            break
        await asyncio.sleep(0.02)
    task.cancel()
    assert blocks(policies, "a heron")


def test_a_restart_takes_the_compiled_patterns_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DiskCache(tmp_path / "cache")
    (tmp_path / "set").mkdir()
    active(tmp_path / "set", cache=cache)
    from gateway.core import scanner

    monkeypatch.setattr(scanner, "_compile", lambda _: pytest.fail("compiled again"))
    assert blocks(active(tmp_path / "set", cache=cache), "a pelican")


def test_a_damaged_cache_is_a_miss(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache")
    cache.put("k", b"data")
    assert cache.get("k") == b"data"
    (path,) = (tmp_path / "cache").glob("*.db")
    for content in (b"", path.read_bytes()[:-1], path.read_bytes()[:-1] + b"x"):
        path.write_bytes(content)
        assert cache.get("k") is None
    assert cache.get("other") is None
    DiskCache(Path("/proc/none")).put("k", b"data")


def test_the_cache_keeps_a_bounded_number_of_files(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    for number in range(70):
        cache.put(str(number), b"x")
    assert len(list(tmp_path.iterdir())) == 64
    assert cache.get("69") == b"x"
