"""Loads suites and collections from YAML; every mistake is reported with file, line, field and cure.

A suite says where its rows are, what is asked, what the answer is compared with, and which metrics count. A collection
names suites. Paths are relative to the file that names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evals.loading import ask_shapes, data_file, passages
from evals.loading.data_file import Join, Line
from evals.loading.suite import DIRECT, GATEWAY, LOCAL, Sample, Suite
from evals.metrics.registry import Metric, metrics
from gateway.config.validation import validate
from gateway.config.yaml_lines import Document, nearest, read
from gateway.errors import ConfigError

SHIPPED = Path(__file__).parent.parent / "suites"
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class JoinModel(_Model):
    by: str
    file: str


class DataModel(_Model):
    file: str
    id: str = "id"
    cluster: str = ""
    slices: list[str] = []
    where: dict[str, list[str]] = {}
    join: JoinModel | None = None


class AskModel(_Model):
    """One of ``user`` (with ``system``), ``messages``, ``echo`` (with ``prefix``), ``search`` (with ``documents``)."""

    system: str = ""
    user: str = ""
    messages: str = ""
    echo: str = ""
    prefix: str = ""
    search: str = ""
    documents: str = ""


class SuiteModel(_Model):
    suite: Name
    version: str | int = 1
    about: str = ""
    on: list[Literal["direct", "gateway", "local"]] | None = None
    data: DataModel
    ask: AskModel
    params: dict[str, Any] = {}
    reference: dict[str, str] = {}
    expect: dict[str, list[str]] = {}
    tables: dict[str, str] = {}
    metrics: list[str]


class CollectionModel(_Model):
    collection: Name
    about: str
    suites: list[Name]


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
        """The suites that ``names`` (suites or collections) stand for, each once; raises ConfigError for others."""
        out: dict[str, None] = {}
        for name in names:
            found = self.collections.get(name)
            if found is None and name not in self.suites:
                raise ConfigError(f"there is no suite or collection '{name}'",
                                  cure=nearest(name, [*self.suites, *self.collections]))
            out |= dict.fromkeys(found.suites if found else (name,))
        return tuple(out)


def catalog(*directories: Path) -> Catalog:
    """Everything in ``directories`` (the shipped one always); a later directory's suite replaces an earlier one's."""
    suites: dict[str, Path] = {}
    collections: dict[str, Collection] = {}
    about: dict[str, str] = {}
    documents: dict[str, Document] = {}
    for directory in (SHIPPED, *directories):
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


def load(path: Path) -> Suite:
    """The suite in ``path``; raises ConfigError naming file, line, field and cure."""
    document = read(path)
    model = _check(SuiteModel, document)
    chosen = _metrics(model, document)
    known = ask_shapes.shape(model.ask.model_dump(), document)
    on = _targets(model, known.endpoint, document)
    tables = {name: tuple(line.row for line in data_file.read(*_beside(path, name_of)))
              for name, name_of in model.tables.items()}
    samples, seen = [], set()
    for line in _rows(model, path, document):
        sample = _sample(model, line, known, path)
        if sample.id in seen:
            raise line.error("another row has this id", model.data.id, "give each row its own")
        seen.add(sample.id)
        samples.append(sample)
    if not samples:
        raise document.error("no row is left to ask", ("data",), "check `where` and the file")
    documents = str(path.parent / known.documents) if known.documents else ""
    return Suite(model.suite, str(model.version), model.about, on, tuple(samples), chosen, tables,
                 str(path), documents)


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
            raise document.error(f"there is no metric '{name}'", ("metrics", at), nearest(name, list(known)))
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
    follow = {"text"} if model.ask.echo else {"relevant"} if model.ask.search else set()
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


def _rows(model: SuiteModel, path: Path, document: Document) -> list[Line]:
    join: Join | None = None
    if model.data.join is not None:
        beside, shown = _beside(path, model.data.join.file)
        join = data_file.index(data_file.read(beside, shown), shown)
    out = []
    for number, line in enumerate(data_file.read(*_beside(path, model.data.file)), 1):
        if model.data.id not in line.row:
            line.row[model.data.id] = f"row-{number}"
        joined = join.add(line, model.data.join.by) if join is not None and model.data.join else line
        if all(joined.text(name) in wanted for name, wanted in model.data.where.items()):
            out.append(joined)
    return out


def _sample(model: SuiteModel, line: Line, known: ask_shapes.Shape, path: Path) -> Sample:
    reference: dict[str, Any] = {name: line.get(source) for name, source in model.reference.items()}
    reference |= model.expect
    body, asked = known.build(line, model.params)
    if known.endpoint == "completions":
        reference["text"] = line.fill(model.ask.echo)
    if known.endpoint == "search":
        searched = path.parent / known.documents
        reference["relevant"], body["passages"] = passages.relevant(searched, line), passages.digest(searched)
    name = line.text(model.data.id)
    return Sample(
        id=name, cluster=line.text(model.data.cluster) if model.data.cluster else name, row=dict(line.row),
        reference=reference, slices=tuple((each, line.text(each)) for each in model.data.slices),
        endpoint=known.endpoint, body=body, asked=asked,
    )
