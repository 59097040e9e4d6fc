"""What the gateway does not pass on as it came, as docs/ says it: the only differences that do not count as faults.

Written out here once more, on purpose: if the gateway drops or refuses more than this, calls differ and the run fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DROPPED: Mapping[str, Mapping[str, str]] = {
    "/v1/chat/completions": {"store": "nothing is kept where it would not be judged again"},
    "/v1/responses": {"background_options": "answers come in the same request only"},
    "/v1/messages": {
        "diagnostics": "compares with an earlier request, which may be another caller's",
        "inference_geo": "where text is processed is the operator's to choose",
    },
}
"""Parameters of the clients that are left out on the way to the model server, by path."""
REFUSED: Mapping[str, Mapping[str, str]] = {
    "responses": {
        "background": "answers come in the same request only",
        "conversation": "nothing is kept: the items themselves have to be sent",
        "previous_response_id": "nothing is kept: the items themselves have to be sent",
        "prompt": "a text that is kept elsewhere cannot be judged",
    },
    "messages": {"container": "code and files that are kept elsewhere cannot be judged"},
}
"""Parameters of the clients that get a 400 which names them, by resource."""
REFUSED_ITEMS: Mapping[str, str] = {"item_reference": "an item that is kept elsewhere cannot be judged"}
"""Input items of a response that get a 400."""


def sent_on(path: str, body: Any) -> Any:
    """What the model server should be asked, where a client asks the gateway for ``body``."""
    if not isinstance(body, dict):
        return body
    body = {key: value for key, value in body.items() if key not in DROPPED.get(path, {})}
    return {**body, "store": False} if path == "/v1/responses" else body


def _ids(said: Any) -> Any:
    return [each["id"] for each in said["data"]] if "data" in said else said["id"]


ANSWERED_HERE: Mapping[str, Callable[[Any], Any]] = {
    "models": _ids,  # names only: what else a model server says of a model is its own matter
    "moderations": lambda said: len(said["results"]),  # judged by the policy, one result for each input
}
"""What has to be the same about answers that the gateway gives itself, by resource."""
