"""Makes valid values of the clients' own types, and checks values against them: what is asked, and what arrives."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, Required, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from typing_extensions import is_typeddict

from tests.gateway.wire.samples import Samples

_MISSING = object()
_WRAPPERS = ("Required", "NotRequired", "Annotated", "ReadOnly")


class Values(Samples):
    """Samples whose texts are ordinary ones, with signs outside ASCII and JSON's own, so that every byte counts."""

    def text(self) -> str:
        return f'Text {next(self._numbers)}: naïve — "quoted" \\ 🙂, and over.'

    def of(self, kind: Any, depth: int = 0) -> list[Any]:
        """As ``Samples.of``; the types' members are looked up once, which is most of its time."""
        return list(self._records(hints(kind), depth)) if is_typeddict(kind) else super().of(kind, depth)

    def _records(self, hints: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        """As ``Samples._records``, but what names something looks like a name."""
        for record in super()._records(hints, depth):
            names = [key for key, value in record.items() if (key == "id" or key.endswith("_id")) and str(value).startswith("Text")]
            yield {**record, **{key: f"{key}_{next(self._numbers)}" for key in names}}


@cache
def hints(record: Any) -> dict[str, Any]:
    """The members of a TypedDict and their types, with ``Required`` still on them."""
    return typing.get_type_hints(record, include_extras=True)


def bare(kind: Any) -> Any:
    """``kind`` without what only says something about it."""
    origin = get_origin(kind)
    return bare(get_args(kind)[0]) if origin is not None and getattr(origin, "__name__", str(origin)) in _WRAPPERS else kind


def faults(value: Any, kind: Any, path: str = "") -> Iterator[str]:
    """Where ``value``, as it came in JSON, is not what the type says: pointers with what was expected there.

    Stricter than the clients: a member that the type does not have is a fault as well.
    """
    kind = bare(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        yield from _closest(value, [each for each in args if _may_be(value, each)], path)
    elif origin is Literal:
        if value not in args or type(value) not in {type(each) for each in args}:
            yield f"{path} is none of the words {args}"
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _model_faults(value, kind, path)
    elif is_typeddict(kind):
        yield from _record_faults(value, kind, path)
    elif origin is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        yield from _every(value.items(), args[1], path) if isinstance(value, dict) else [f"{path} is no object"]
    elif origin is not None and args:  # every other generic of these types is a kind of list
        yield from _every(enumerate(value), args[0], path) if isinstance(value, list) else [f"{path} is no array"]
    elif kind is type(None):
        if value is not None:
            yield f"{path} is not null"
    elif not _is_plain(value, kind):
        yield f"{path} is not {kind}"


def _closest(value: Any, kinds: list[Any], path: str) -> Iterator[str]:
    """The faults of that alternative which is nearest to ``value``; none where one fits."""
    fewest: list[str] = [f"{path} is no alternative of its type"]
    for at, kind in enumerate(kinds):
        found = list(faults(value, kind, path))
        if not found:
            return
        fewest = found if at == 0 or len(found) < len(fewest) else fewest
    yield from fewest


def _may_be(value: Any, kind: Any) -> bool:
    """Whether ``value`` says that it is of ``kind``, as far as its ``type`` tells: most alternatives differ in that."""
    kind = bare(kind)
    if not isinstance(value, dict) or not is_typeddict(kind):
        return True
    word = bare(hints(kind).get("type", str))
    return get_origin(word) is not Literal or value.get("type", _MISSING) in (_MISSING, *get_args(word))


def _model_faults(value: Any, kind: type[BaseModel], path: str) -> Iterator[str]:
    """Clients take their own answers as questions, too."""
    try:
        kind.model_validate(value)
    except ValidationError as error:
        yield from (f"{path}/{'/'.join(map(str, each['loc']))} {each['type']}" for each in error.errors())


def _every(items: Any, kind: Any, path: str) -> Iterator[str]:
    for key, each in items:
        yield from faults(each, kind, f"{path}/{key}")


def _record_faults(value: Any, kind: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no object"
        return
    known = hints(kind)
    for key, each in value.items():
        if key not in known:
            yield f"{path}/{key} is no member of {kind.__name__}"
        else:
            yield from faults(each, known[key], f"{path}/{key}")
    for key, each in known.items():
        # in modules whose annotations are texts, __required_keys__ does not know of Required
        if key not in value and (get_origin(each) is Required or key in kind.__required_keys__):
            yield f"{path}/{key} is missing"


def _is_plain(value: Any, kind: Any) -> bool:
    if kind is object or kind is Any:
        return True
    if kind is float:
        return type(value) in (int, float)
    if kind in (str, int, bool):
        return type(value) is kind
    if getattr(kind, "__name__", "").startswith("SequenceNotStr"):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)  # dates, paths and bytes are text in JSON
