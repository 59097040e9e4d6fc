"""Where the rows of a suite come from that ships without them: files that somebody has, or the hub.

In this order: below each data directory (``--data``, ``WARDGATE_EVAL_DATA``), what was fetched before, and the hub's
rows over HTTP, 100 at a time, which are then kept. Offline and without files the error says what to put where.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.loading.data_file import Line
from evals.loading.readers import READERS, Reader, lines
from gateway.errors import ConfigError

DIRECTORIES = "WARDGATE_EVAL_DATA"
HUB = "WARDGATE_EVAL_HUB"
_ROWS = "https://datasets-server.huggingface.co/rows"
_PAGE, _ATTEMPTS, _TIMEOUT = 100, 4, 20.0
_BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Source:
    """``files``: patterns below a data directory; the first that matches counts. ``hub``: id, config, split."""

    reader: str
    files: tuple[str, ...]
    hub: tuple[str, str, str] | None = None
    home: str = ""


def directories(given: Sequence[str] = (), environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where files are looked for: what was given, then what the environment names, apart by ``os.pathsep``."""
    named = environment.get(DIRECTORIES, "")
    return tuple(map(Path, (*given, *(each for each in named.split(os.pathsep) if each))))


def rows(source: Source, suite: str, data: Sequence[Path]) -> Iterator[Line]:
    """The suite's rows; raises ConfigError with what to do where there are none to be had."""
    reader = READERS[source.reader]
    found = files(source, data)
    if found:
        for file in found:
            yield from _lines(reader, _records(reader, file), file, hub=False)
        return
    kept = _kept(source) if source.hub else None
    if source.hub is None or kept is None:
        raise _absent(source, suite, data, "")
    if not kept.exists():
        _fetch(source, suite, data, kept)
    yield from _lines(reader, lines(kept), kept, hub=True)


def files(source: Source, data: Sequence[Path]) -> tuple[Path, ...]:
    """The files that are there, of the first pattern that matches any."""
    for directory in data:
        for pattern in source.files:
            found = tuple(sorted(directory.glob(pattern)))
            if found:
                return found
    return ()


def _records(reader: Reader, file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        yield from reader.file(file)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(error.filename or file),
                          cure="check that all of upstream's files are there") from None
    except _BROKEN as error:
        raise ConfigError(f"is not as upstream publishes it ({type(error).__name__})", file=str(file),
                          cure="take upstream's file as it is") from None


def _lines(reader: Reader, records: Iterable[Mapping[str, Any]], file: Path, *, hub: bool) -> Iterator[Line]:
    row = reader.hub if hub and reader.hub is not None else reader.row
    for number, record in enumerate(records, 1):
        try:
            made = row(record)
        except _BROKEN as error:
            raise ConfigError(f"record {number} is not as upstream publishes it ({type(error).__name__})",
                              file=str(file), cure="take upstream's file as it is") from None
        made.setdefault("id", f"{file.stem}-{number}")
        yield Line(made, str(file), number)


def _kept(source: Source) -> Path:
    name = "-".join(source.hub or ()).replace("/", "--")
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "wardgate" / "data" / f"{name}.jsonl"


def _fetch(source: Source, suite: str, data: Sequence[Path], kept: Path) -> None:
    """All pages in one file, in one rename: a broken-off fetch leaves nothing that could pass for the whole."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}.tmp")
    try:
        with partial.open("w", encoding="utf-8") as out:
            for record in _hub_rows(source.hub or ("", "", "")):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
        partial.replace(kept)
    except (OSError, *_BROKEN) as error:  # URLError is an OSError
        raise _absent(source, suite, data, f" (the hub: {_why(error)})") from None
    finally:
        partial.unlink(missing_ok=True)


def _hub_rows(hub: tuple[str, str, str]) -> Iterator[Mapping[str, Any]]:
    offset, total = 0, 1
    while offset < total:
        query = urllib.parse.urlencode({"dataset": hub[0], "config": hub[1], "split": hub[2], "offset": offset,
                                        "length": _PAGE})
        page = _page(f"{os.environ.get(HUB, _ROWS)}?{query}")
        found, total = page["rows"], int(page["num_rows_total"])
        if not found:
            raise ValueError("a page without rows")
        yield from (each["row"] for each in found)
        offset += len(found)


def _page(url: str) -> Any:
    """One page; a hub that is busy is asked again, one that is not there is not."""
    headers = {"authorization": f"Bearer {os.environ['HF_TOKEN']}"} if os.environ.get("HF_TOKEN") else {}
    for attempt in range(_ATTEMPTS):
        with contextlib.suppress(_Busy):
            return _once(urllib.request.Request(url, headers=headers), last=attempt == _ATTEMPTS - 1)  # noqa: S310
        time.sleep(2.0**attempt)
    raise OSError("busy")


class _Busy(Exception):
    """The hub asks to come again."""


def _once(request: urllib.request.Request, *, last: bool) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310  # the hub's address
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if last or error.code not in (429, 500, 502, 503, 504):
            raise OSError(f"HTTP {error.code}") from None
        raise _Busy from None


def _why(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error or type(error).__name__)


def _absent(source: Source, suite: str, data: Sequence[Path], tried: str) -> ConfigError:
    where = ", ".join(map(str, data)) or f"no directory (--data, {DIRECTORIES})"
    wanted = " or ".join(source.files)
    return ConfigError(f"suite '{suite}' ships without its data, and it is not in {where}{tried}",
                       cure=f"put {wanted} below a directory and name it with --data DIR; published at {source.home}")
