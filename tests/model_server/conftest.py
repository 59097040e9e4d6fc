"""The shipped model, loaded once, and an engine and a live server on it for each test that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from model_server.decoder import Decoder
from model_server.embedded import DEFAULT_MODEL, start
from model_server.engine import Engine
from model_server.vocabulary import Vocabulary
from tests.model_server.reference import Reference


@pytest.fixture(scope="session")
def model_dir() -> Path:
    return DEFAULT_MODEL


@pytest.fixture(scope="session")
def vocabulary(model_dir: Path) -> Vocabulary:
    return Vocabulary(model_dir)


@pytest.fixture(scope="session")
def decoder(model_dir: Path) -> Decoder:
    return Decoder(model_dir)


@pytest.fixture(scope="session")
def reference(model_dir: Path) -> Reference:
    return Reference(model_dir)


@pytest.fixture
async def engine(decoder: Decoder, vocabulary: Vocabulary) -> AsyncIterator[Engine]:
    engine = Engine(decoder, vocabulary)
    engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def base_url(model_dir: Path) -> AsyncIterator[str]:
    runner = await start("127.0.0.1", 0, model_dir, name="handbook")
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()
