"""What may stand in the YAML file of a suite or a collection; nothing else may."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class JoinModel(_Model):
    by: str
    file: str


class HubModel(_Model):
    id: str
    config: str = "default"
    split: str = "test"


class DataModel(_Model):
    """``file`` beside the suite; or ``reader`` with ``files`` below a data directory, or of the hub."""

    file: str = ""
    reader: str = ""
    files: list[str] = []
    hugging_face: HubModel | None = None
    home: str = ""
    id: str = "id"
    cluster: str = ""
    slices: list[str] = []
    where: dict[str, list[str]] = {}
    join: JoinModel | None = None


class AskModel(_Model):
    """One of ``user`` (with ``system``), ``messages``, ``echo`` (with ``prefix``), ``search`` (with ``documents``).

    ``choices`` beside ``echo``: the field with the options, each of which is scored as what follows.
    """

    system: str = ""
    user: str = ""
    messages: str = ""
    echo: str = ""
    prefix: str = ""
    choices: str = ""
    search: str = ""
    documents: str = ""


class PoolModel(_Model):
    """Questions (a field with a text, or with a list of them) and their answer: a field, or ``says`` for all."""

    file: str
    question: str = "question"
    answer: str = ""
    says: str = ""
    join: JoinModel | None = None


class BaselinesModel(_Model):
    """Without ``pool`` the suite's own references are one, for the majority only."""

    pool: list[PoolModel] = []
    passages: str = ""


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
    baselines: BaselinesModel | None = None
    metrics: list[str]


class CollectionModel(_Model):
    collection: Name
    about: str
    suites: list[Name]
