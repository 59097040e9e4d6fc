"""Loads suites and collections from YAML; every mistake is reported with file, line, field and cure.

A suite says where its rows are, what is asked, what the answer is compared with, and which metrics count. A collection
names suites. Paths are relative to the file that names them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.loading import ask_shapes, data_file, passages, pools, sources
from evals.loading.data_file import Join, Line
from evals.loading.readers import READERS
from evals.loading.reference_types import wrong
from evals.loading.suite import DIRECT, GATEWAY, LOCAL, Sample, Suite
from evals.loading.suite_model import CollectionModel, DataModel, SuiteModel
from evals.metrics.registry import Metric, metrics
from gateway.config.validation import validate
from gateway.config.yaml_lines import Document, nearest, read
from gateway.errors import ConfigError

SHIPPED = Path(__file__).parent.parent / "suites"
PUBLIC = SHIPPED / "public"
"""Suites that ship without their data."""

@dataclass(frozen=True, slots=True)
class Collection:
    """Suites that are run together."""

    name: str
    about: str
    suites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The files of the suite directories, by the name of the suite or collection that each holds."""

    suites: Mapping[str, Path]
    collections: Mapping[str, Collection]
    about: Mapping[str, str]

    def expand(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What ``names`` (suites, collections, or a suite's file) stand for, each once; else raises ConfigError."""
        out: dict[str, None] = {}
        for name in names:
            found = self.collections.get(name)
            if found is None and name not in self.suites and not _a_file(name):
                cure = nearest(name, [*self.suites, *self.collections])
                raise ConfigError(f"there is no suite or collection '{name}'",
                                  cure=cure or "`wardgate eval list` names them; a file's name ends in .yaml")
            out |= dict.fromkeys(found.suites if found else (name,))
        return tuple(out)

    def path(self, name: str) -> Path:
        """The file of a suite that ``expand`` gave."""
        return self.suites.get(name) or Path(name)


def _a_file(name: str) -> bool:
    """Whether ``name`` is a suite's own file instead of a name; raises ConfigError for one that is not there."""
    if not name.endswith((".yaml", ".yml")):
        return False
    if not Path(name).is_file():
        raise ConfigError("there is no such file", file=name,
                          cure="check the path, or name a suite of `wardgate eval list`")
    return True


def catalog(*directories: Path) -> Catalog:
    """Everything in ``directories`` (the shipped one always); a later directory's suite replaces an earlier one's."""
    suites: dict[str, Path] = {}
    collections: dict[str, Collection] = {}
    about: dict[str, str] = {}
    documents: dict[str, Document] = {}
    for directory in (SHIPPED, PUBLIC, *directories):
        if not directory.is_dir():
            raise ConfigError("is not a directory of suites", file=str(directory), cure="check --suites-dir")
        for path in sorted((*directory.glob("*.yaml"), *directory.glob("*.yml"))):
            document = read(path)
            if isinstance(document.data, Mapping) and "collection" in document.data:
                model = _check(CollectionModel, document)
                collections[model.collection] = Collection(model.collection, model.about, tuple(model.suites))
                documents[model.collection] = document
                continue
            head = document.data if isinstance(document.data, Mapping) else {}
            if not isinstance(head.get("suite"), str):
                raise document.error("is neither a suite nor a collection", (), "begin with `suite: NAME`")
            suites[head["suite"]], about[head["suite"]] = path, str(head.get("about", ""))
    for name, collection in collections.items():
        for at, suite in enumerate(collection.suites):
            if suite not in suites:
                raise documents[name].error(f"there is no suite '{suite}'", ("suites", at),
                                            nearest(suite, list(suites)))
    return Catalog(suites, collections, about)


def define(path: Path) -> tuple[SuiteModel, Document]:
    """The suite in ``path`` as far as it can be checked without its rows; raises ConfigError."""
    document = read(path)
    model: SuiteModel = _check(SuiteModel, document)
    if bool(model.data.file) == bool(model.data.reader):
        raise document.error("needs one of `file` and `reader`", ("data",), "name a file beside the suite")
    if model.data.reader and (model.data.reader not in READERS or not model.data.files or not model.data.home):
        known = model.data.reader in READERS
        raise document.error("says not where its files are published" if known else "there is no such reader",
                             ("data", "reader"), "add `files` and `home`" if known else nearest(
                                 model.data.reader, list(READERS)))
    _metrics(model, document)
    ask_shapes.shape(model.ask.model_dump(), document)
    return model, document


def load(path: Path, data: Sequence[Path] | None = None) -> Suite:
    """The suite in ``path``; raises ConfigError naming file, line, field and cure.

    ``data``: directories with the files of suites that ship without them; None: those of the environment.
    """
    model, document = define(path)
    data = sources.directories() if data is None else data
    chosen = _metrics(model, document)
    known = ask_shapes.shape(model.ask.model_dump(), document)
    on = _targets(model, known.endpoint, document)
    tables = {name: tuple(line.row for line in data_file.read(*_beside(path, name_of)))
              for name, name_of in model.tables.items()}
    samples, seen = [], set()
    searched = _searched(model, known, path, data)
    needed = frozenset(need for metric in chosen for need in metric.needs)
    for line in _rows(model, path, data):
        sample = _sample(model, line, known, searched, needed)
        if sample.id in seen:
            raise line.error("another row has this id", model.data.id, "give each row its own")
        seen.add(sample.id)
        samples.append(sample)
    if not samples:
        raise document.error("no row is left to ask", ("data",), "check `where` and the file")
    return Suite(model.suite, str(model.version), model.about, on, tuple(samples), chosen, tables,
                 str(path), str(searched or ""), pools.pool(model.baselines, path, document, samples))


def _check(kind: type[Any], document: Document) -> Any:
    model, problems = validate(kind, document.data)
    if problems:
        raise ConfigError("\n".join(
            str(document.error(problem.message, problem.location, problem.cure)) for problem in problems))
    return model


def _metrics(model: SuiteModel, document: Document) -> tuple[Metric, ...]:
    known = metrics()
    for at, name in enumerate(model.metrics):
        if name not in known:
            raise document.error(f"there is no metric '{name}'", ("metrics", at),
                                 nearest(name, list(known)) or "`wardgate eval list` names them")
        if name in model.metrics[:at]:
            raise document.error(f"metric '{name}' is named twice", ("metrics", at), "keep one of them")
        missing = [("reference", each) for each in known[name].needs if each not in _given(model)]
        missing += [("tables", each) for each in known[name].tables if each not in model.tables]
        for kind, each in missing:
            raise document.error(f"metric '{name}' needs `{kind}.{each}`", ("metrics", at),
                                 f"add `{kind}: {{{each}: …}}`")
    if not model.metrics:
        raise document.error("names no metric", ("metrics",), f"valid here: {', '.join(sorted(known))}")
    return tuple(known[name] for name in model.metrics)


def _given(model: SuiteModel) -> set[str]:
    """The references that samples will have: those that are named, and those that follow from how it is asked."""
    follow = {"text"} if model.ask.echo and not model.ask.choices else {"relevant"} if model.ask.search else set()
    return {*model.reference, *model.expect, *follow}


def _targets(model: SuiteModel, endpoint: str, document: Document) -> tuple[str, ...]:
    """The kinds of target; where the file names none, all that can answer what is asked."""
    if model.on is None:
        return {"search": (LOCAL,), "completions": (DIRECT,)}.get(endpoint, (DIRECT, GATEWAY))
    if not model.on:
        raise document.error("names no target", ("on",), f"write `on: [{DIRECT}, {GATEWAY}]`")
    if (endpoint == "search") != (model.on == [LOCAL]):
        raise document.error("`search` runs on the target `local`, and nothing else does", ("on",),
                             "write `on: [local]`")
    return tuple(model.on)


def _beside(path: Path, name: str) -> tuple[Path, str]:
    """The file ``name`` beside ``path``, and how to name it in an error."""
    return path.parent / name, str(path.parent / name)


def _source(data: DataModel) -> sources.Source:
    hub = data.hugging_face
    return sources.Source(data.reader, tuple(data.files), (hub.id, hub.config, hub.split) if hub else None, data.home)


def _searched(model: SuiteModel, known: ask_shapes.Shape, path: Path, data: Sequence[Path]) -> Path | None:
    """What a search looks through: beside the suite, or beside the file that its rows come from."""
    if not known.documents:
        return None
    found = sources.files(_source(model.data), data) if model.data.reader else ()
    return (found[0] if found else path).parent / known.documents


def _rows(model: SuiteModel, path: Path, data: Sequence[Path]) -> list[Line]:
    join: Join | None = None
    if model.data.join is not None:
        beside, shown = _beside(path, model.data.join.file)
        join = data_file.index(data_file.read(beside, shown), shown)
    out = []
    found = data_file.read(*_beside(path, model.data.file)) if model.data.file else sources.rows(
        _source(model.data), model.suite, data)
    for number, line in enumerate(found, 1):
        if model.data.id not in line.row:
            line.row[model.data.id] = f"row-{number}"
        joined = join.add(line, model.data.join.by) if join is not None and model.data.join else line
        if all(joined.text(name) in wanted for name, wanted in model.data.where.items()):
            out.append(joined)
    return out


def _sample(model: SuiteModel, line: Line, known: ask_shapes.Shape, searched: Path | None,
            needed: frozenset[str]) -> Sample:
    reference: dict[str, Any] = {name: line.get(source) for name, source in model.reference.items()}
    reference |= model.expect
    if (mistake := wrong(reference, needed)) is not None:
        name, message, cure = mistake
        raise line.error(message, model.reference.get(name, f"expect.{name}"), cure)
    body, asked = known.build(line, model.params)
    if known.endpoint == "completions" and not model.ask.choices:
        reference["text"] = line.fill(model.ask.echo)
    if searched is not None:
        body["passages"] = passages.digest(searched)
        if "relevant" not in model.reference:
            reference["relevant"] = passages.relevant(searched, line)
    name = line.text(model.data.id)
    return Sample(
        id=name, cluster=line.text(model.data.cluster) if model.data.cluster else name, row=dict(line.row),
        reference=reference, slices=tuple((each, line.text(each)) for each in model.data.slices),
        endpoint=known.endpoint, body=body, asked=asked,
    )
