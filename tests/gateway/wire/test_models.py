"""The list of models, as both families of clients read it: each has members of its own that it relies on."""

from __future__ import annotations

import json

from anthropic.types import ModelInfo
from openai.types import Model

from gateway.wire import models

NAMES = ("handbook-1", "other/model:2")


def test_every_entry_is_whole_for_both_clients() -> None:
    for raw in (*json.loads(models.listing(NAMES))["data"], json.loads(models.single(NAMES[0]))):
        assert Model.model_validate(raw).id in NAMES
        info = ModelInfo.model_validate(raw)
        assert (info.id, info.display_name, info.type) == (raw["id"], raw["id"], "model")


def test_the_list_is_one_page() -> None:
    said = json.loads(models.listing(NAMES))
    assert (said["object"], said["has_more"], said["first_id"], said["last_id"]) == ("list", False, *NAMES)
    empty = json.loads(models.listing(()))
    assert (empty["data"], empty["has_more"], empty["first_id"], empty["last_id"]) == ([], False, None, None)
