"""Which strings of a message, asked or answered, are no text (see ``gateway.wire.fields``).

Everything inside a message is an object that names its type, and one name (``source``, ``content``, ``data``) means
something else in each; so there is a table for each type, the same for both directions, beside two for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.wire.fields import Field, Node, compiled, every

_CACHE = (
    Field("/cache_control/type", "enum", "the API's word"),
    Field("/cache_control/ttl", "id", "a duration such as 5m"),
)
COMMON = (
    Field("/type", "id", "names the kind of the object, by which its table is chosen"),
    *_CACHE,
    Field("/caller/type", "id", "names the kind of tool that called"),
    Field("/caller/tool_id", "id", "pairs a call with its caller"),
)
_CITATION = (
    Field("/type", "id", "the API's word"),
    *every("text", "what is quoted, and from where", "/cited_text /document_title /title /url /source"),
    Field("/file_id", "id", "names an upload"),
    Field("/encrypted_index", "sealed", "the API's own mark, which it alone can read"),
    *every("plain", "numbers", "/document_index /search_result_index /start_char_index /end_char_index "
          "/start_page_number /end_page_number /start_block_index /end_block_index"),
)
_CALL = (
    Field("/id", "id", "pairs a call with its result"),
    *every("text", "the model chose it, from text it read", "/name /input /toolset_name /server_name"),
)
_RESULT = (
    Field("/tool_use_id", "id", "pairs a result with its call"),
    Field("/is_error", "plain", "a flag"),
    Field("/content", "text", "what a tool said, or objects that each have a type"),
    *every("text", "names a set of tools", "/toolset_name"),
)
_FAILURE = (
    Field("/error_code", "enum", "the API's word"),
    Field("/error_message", "text", "what went wrong, in words"),
)
_RUN = (
    *every("text", "what a program wrote", "/stdout /stderr /content /lines"),
    Field("/encrypted_stdout", "sealed", "encrypted by the API, which alone can read it"),
    *every("plain", "numbers and flags", "/return_code /is_file_update /num_lines /start_line /total_lines /new_lines "
          "/new_start /old_lines /old_start"),
    Field("/file_type", "enum", "the API's word"),
)
_FILE = (Field("/file_id", "id", "names an upload"),)
_TOOL_FAMILIES = ("web_search", "web_fetch", "code_execution", "bash_code_execution", "text_editor_code_execution",
                  "tool_search")  # fmt: skip

TABLES: Mapping[str, tuple[Field, ...]] = {
    "text": (
        *every("text", "text of a message, or of a document", "/text /data"),
        Field("/media_type", "id", "the kind of a document's text"),
        *(Field(f"/citations/*{each.path}", each.treat, each.reason) for each in _CITATION),
    ),
    "image": (Field("/transformations/oversized_image", "enum", "the API's word"),),
    "document": (
        *every("text", "written by the caller", "/title /context"),
        Field("/citations/enabled", "plain", "a flag"),
    ),
    "search_result": (
        *every("text", "what was found, and where", "/title /source /content"),
        Field("/citations/enabled", "plain", "a flag"),
    ),
    "base64": (
        Field("/media_type", "id", "the kind of a picture or document"),
        Field("/data", "sealed", "bytes of a picture or document, which is reported as one that no guard reads"),
    ),
    "url": (Field("/url", "text", "an address may carry text out of the house"),),
    "file": _FILE,
    "content": (Field("/content", "text", "the text of a document, or blocks of it"),),
    "thinking": (
        Field("/thinking", "text", "the model's thoughts"),
        Field("/signature", "sealed", "signed by the API: goes with its thoughts unedited, or not at all"),
    ),
    "redacted_thinking": (Field("/data", "sealed", "thoughts encrypted by the API, which alone can read them"),),
    "tool_use": _CALL, "server_tool_use": _CALL, "mcp_tool_use": _CALL,
    "tool_result": _RESULT, "mcp_tool_result": _RESULT,
    "tool_reference": (Field("/tool_name", "text", "names a tool"),),
    "browser_state": (
        *every("id", "names a tab or a download", "/tabs/*/tab_id /state_changes/*/tab_id "
              "/state_changes/*/download_id"),
        *every("text", "what a browser shows", "/tabs/*/title /tabs/*/url /state_changes/*/url /state_changes/*/path "
              "/state_changes/*/error"),
        *every("plain", "numbers and flags", "/tabs/*/active /state_changes/*/size_bytes"),
        Field("/state_changes/*/type", "id", "the API's word"),
    ),
    **{f"{family}_tool_result": _RESULT for family in _TOOL_FAMILIES},
    **{f"{family}_tool_result_error": _FAILURE for family in _TOOL_FAMILIES},
    "web_search_result": (
        *every("text", "what was found, and where", "/title /url /page_age"),
        Field("/encrypted_content", "sealed", "a page encrypted by the API, which alone can read it"),
    ),
    "web_fetch_result": every("text", "what was fetched, and from where", "/url /retrieved_at"),
    **{f"{family}_result": _RUN for family in ("code_execution", "encrypted_code_execution", "bash_code_execution")},
    **{f"text_editor_code_execution_{what}_result": _RUN for what in ("view", "create", "str_replace")},
    "code_execution_output": _FILE, "bash_code_execution_output": _FILE,
    "tool_search_tool_search_result": (),
    "container_upload": _FILE,
}  # fmt: skip
"""By the type of an object inside a message; in all of them, what ``COMMON`` names."""
KINDS: Mapping[str, Node] = {kind: compiled((*COMMON, *table)) for kind, table in TABLES.items()}
OTHER = compiled(COMMON)
"""An object of a type that is not known: all of it is text."""
NESTED = frozenset({"content", "source", "tool_references"})
"""Members that hold objects with types of their own. What a tool is given (``input``) never does: there the words
are the model's, and none of them is exempt."""

_TOOL = (
    Field("/type", "id", "names the kind of the tool"),
    *_CACHE,
    *every("text", "written by the application, read by the model", "/name /description /input_examples "
          "/allowed_domains /blocked_domains /user_location/city /user_location/country /user_location/region "
          "/user_location/timezone /mcp_server_name"),
    Field("/input_schema", "schema", "a JSON schema"),
    *every("id", "one word of the API", "/allowed_callers/* /response_inclusion /user_location/type "
          "/url_sources/*/type /url_sources/*/tools/*/type"),
    Field("/url_sources/*/tools/*/name", "text", "names a tool"),
    *every("plain", "numbers and flags", "/strict /defer_loading /max_uses /max_content_tokens /max_characters "
          "/use_cache /eager_input_streaming /citations/enabled /display_width_px /display_height_px /display_number "
          "/configs/*/enabled /configs/*/defer_loading"),
)
REQUEST_TABLE: tuple[Field, ...] = (
    Field("/model", "id", "checked against the models that the key may use"),
    *every("plain", "numbers and flags; their types are checked by gateway.wire.bounds",
          "/max_tokens /stream /temperature /top_p /top_k /tool_choice/disable_parallel_tool_use "
          "/thinking/budget_tokens"),
    *_CACHE,
    Field("/messages/*/role", "enum", "checked against the list of roles"),
    *every("text", "the conversation: texts, or objects that each have a type", "/messages/*/content /system"),
    *every("enum", "one word of the API", "/tool_choice/type /thinking/type /thinking/display /service_tier /speed "
          "/output_config/effort /output_config/format/type"),
    Field("/output_config/format/schema", "schema", "a JSON schema"),
    *every("text", "written by the caller", "/tool_choice/name /stop_sequences /metadata/user_id"),
    *(Field(f"/tools/*{each.path}", each.treat, each.reason) for each in _TOOL),
)
REQUEST = compiled(REQUEST_TABLE)

ANSWER_TABLE: tuple[Field, ...] = (
    *every("id", "names the answer, or what served it", "/id /model /container/id /container/skills/*/skill_id "
          "/container/skills/*/version /usage/inference_geo"),
    *every("enum", "the API's word", "/type /role /stop_reason /stop_details/type /stop_details/category "
          "/container/skills/*/type /diagnostics/cache_miss_reason/type /usage/service_tier /usage/speed"),
    Field("/container/expires_at", "id", "a time"),
    *every("plain", "numbers", "/usage/input_tokens /usage/output_tokens /usage/cache_creation_input_tokens "
          "/usage/cache_read_input_tokens /usage/cache_creation/ephemeral_1h_input_tokens "
          "/usage/cache_creation/ephemeral_5m_input_tokens /usage/output_tokens_details/thinking_tokens "
          "/usage/server_tool_use/web_fetch_requests /usage/server_tool_use/web_search_requests "
          "/diagnostics/cache_miss_reason/cache_missed_input_tokens /input_tokens"),
    Field("/content", "plain", "blocks, each by the table of its type"),
    *every("text", "may repeat the caller's stop string, or the answer", "/stop_sequence /stop_details/explanation"),
)
ANSWER = compiled(ANSWER_TABLE)
