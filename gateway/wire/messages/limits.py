"""What a caller of the Messages API may ask of the model server: the shared bounds, and what differs in this API."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.wire import bounds
from gateway.wire.bounds import Bound

BOUNDS: Mapping[str, Bound] = {
    **{name: each for name, each in bounds.BOUNDS.items() if name not in ("logprobs", "functions", "documents")},
    "max_tokens": Bound("integer", 0, 1 << 20, "room is reserved for them; 0 fills a cache only"),
    "stop_sequences": Bound("strings", 0, 64, "each is looked for after each token"),
    "thinking": Bound("object", 0, 16, "the API's object"),
    "tool_choice": Bound("object", 0, 16, "the API's object"),
    "output_config": Bound("size", 0, 256 << 10, "its schema is compiled into a grammar"),
}
DROPPED: Mapping[str, str] = {
    **bounds.DROPPED,
    "context_management": "edits the conversation where it is not judged again",
    "diagnostics": "compares with an earlier request, which may be another caller's",
    "inference_geo": "where text is processed is the operator's to choose",
    "workspace_id": "names a part of the operator's account",
    "user_profile_id": "names another party, on the operator's account",
}
"""Parameters that are taken out of the request: an answer without them is still the answer asked for."""
REFUSED: Mapping[str, str] = {
    **bounds.REFUSED,
    "mcp_servers": "the model server would call an address and read what it says, and no guard would see it",
    "container": "code and files kept on the model server's side cannot be judged here",
}
"""Parameters without which the answer would be to another question."""
