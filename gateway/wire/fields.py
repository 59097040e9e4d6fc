"""Which strings of a payload are no text, and why: everything that is not named here is judged.

A leaf is exempt only while it looks like what its entry says it is: an "enum" that reads like a sentence, or
an "id" with a space in it, is judged as text. A new field of an API is therefore guarded by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Treat = Literal["text", "enum", "id", "image", "audio", "video", "file", "schema", "plain", "token"]
"""``text``: judged, listed so that its key counts as known. ``enum``, ``id``: exempt while they look like it.
``image`` … ``file``: content that no guard reads, reported as unscannable. ``schema``: a JSON schema, whose
keywords are known keys. ``plain``: holds no string (one that does come is judged). ``token``: see its reason."""

BLOBS: frozenset[str] = frozenset({"image", "audio", "video", "file"})
_ENUM = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,31}")
_ID = re.compile(r"[A-Za-z0-9_.:/|+=\-]{1,128}")


@dataclass(frozen=True, slots=True)
class Field:
    """A place (``*``: any index or key), how it is treated, and the reason."""

    path: str
    treat: Treat
    reason: str


@dataclass(slots=True)
class Node:
    """The table as a tree; ``any`` stands for every key or index that is not named."""

    treat: Treat = "text"
    children: dict[str, Node] = field(default_factory=dict)
    any: Node | None = None

    def exempts(self, text: str) -> bool:
        """Whether the leaf ``text`` at this place is no text to judge."""
        treat = self.treat
        if treat == "text" or treat == "schema":
            return False
        if treat == "enum":
            return _ENUM.fullmatch(text) is not None
        if treat == "id":
            return _ID.fullmatch(text) is not None
        return treat == "token"

    def below(self, key: str) -> Node:
        """The node of a member or an element."""
        return self.children.get(key) or self.any or UNKNOWN


UNKNOWN = Node()
SCHEMA_KEYS = (
    "$defs $id $ref $schema additionalProperties allOf anyOf const contains default definitions deprecated "
    "description else enum examples exclusiveMaximum exclusiveMinimum format if items maxItems maxLength "
    "maxProperties maximum minItems minLength minProperties minimum multipleOf not nullable oneOf pattern "
    "patternProperties prefixItems properties propertyNames readOnly required strict then title type "
    "uniqueItems unevaluatedProperties writeOnly"
)
"""JSON Schema's own keywords: the only keys of a schema that its writer did not choose."""
SCHEMA = Node("schema")
SCHEMA.any = SCHEMA
SCHEMA.children = dict.fromkeys(SCHEMA_KEYS.split(), SCHEMA)


def compiled(table: Iterable[Field]) -> Node:
    """The tree of ``table``."""
    root = Node()
    for entry in table:
        node = root
        for name in entry.path[1:].split("/"):
            if name == "*":
                node.any = node = node.any or Node()
            else:
                node = node.children.setdefault(name, Node())
        if entry.treat == "schema":
            node.any, node.children = SCHEMA, SCHEMA.children
        node.treat = entry.treat
    return root


def _all(treat: Treat, reason: str, paths: str) -> tuple[Field, ...]:
    return tuple(Field(path, treat, reason) for path in paths.split())


_PART = (
    Field("/type", "enum", "names the kind of the part; an unknown kind makes the part unscannable"),
    *_all("text", "text of a part", "/text /refusal /thinking /content"),
    *_all("image", "pixels; no guard reads them",
          "/image_url /image_url/url /image /image_embeds /image_pil /input_image"),
    *_all("audio", "sound; no guard hears it", "/input_audio /input_audio/data /audio_url /audio_url/url /audio"),
    *_all("video", "pixels; no guard reads them", "/video_url /video_url/url /video"),
    *_all("file", "a document in a format of its own; no guard opens it", "/file /file/file_data /file_data"),
    *_all("id", "names an upload", "/file/file_id /file_id /uuid"),
    *_all("text", "the caller's name of a file", "/file/filename"),
    *_all("enum", "one word of the API", "/image_url/detail /input_audio/format /detail /cache_control/type "
          "/cache_control/ttl /prompt_cache_breakpoint/mode"),
    Field("/prompt_cache_breakpoint/ttl", "id", "a duration such as 30m"),
)
_CALL = (
    Field("/id", "id", "pairs a call with its result"),
    Field("/type", "enum", "function or custom"),
    *_all("text", "the model chose it, from text it read", "/function/name /function/arguments /custom/name "
          "/custom/input"),
    Field("/index", "plain", "a number"),
)
_MESSAGE = (
    Field("/role", "enum", "checked against the list of roles"),
    Field("/tool_call_id", "id", "pairs a result with its call"),
    Field("/audio/id", "id", "names an earlier answer's audio"),
    *_all("text", "text of a message", "/content /name /refusal /reasoning_content /reasoning "
          "/function_call/name /function_call/arguments"),
    *(Field(f"/content/*{each.path}", each.treat, each.reason) for each in _PART),
    *(Field(f"/tool_calls/*{each.path}", each.treat, each.reason) for each in _CALL),
)
_TOOL = (
    Field("/type", "enum", "function or custom"),
    *_all("text", "written by the application, read by the model", "/function/name /function/description "
          "/custom/name /custom/description /custom/format/grammar/definition /custom/format/definition "
          "/name /description"),
    *_all("enum", "one word of the API", "/custom/format/type /custom/format/grammar/syntax /custom/format/syntax"),
    *_all("schema", "a JSON schema", "/function/parameters /parameters"),
    Field("/function/strict", "plain", "a flag"),
)
_NUMBERS = (
    "/n /stream /stream_options /stream_options/include_usage /stream_options/include_obfuscation "
    "/stream_options/continuous_usage_stats /temperature /top_p /top_k /min_p /min_tokens /max_tokens "
    "/max_completion_tokens /presence_penalty /frequency_penalty /repetition_penalty /length_penalty /seed "
    "/logprobs /top_logprobs /parallel_tool_calls /ignore_eos /skip_special_tokens "
    "/spaces_between_special_tokens /include_stop_str_in_output /include_reasoning /add_generation_prompt "
    "/continue_final_message /add_special_tokens /echo /stop_token_ids /allowed_token_ids "
    "/truncate_prompt_tokens /messages /tools /functions"
)
REQUEST_TABLE: tuple[Field, ...] = (
    Field("/model", "id", "checked against the models that the key may use"),
    *_all("plain", "numbers and flags; their types are checked by gateway.wire.bounds", _NUMBERS),
    Field("/logit_bias", "plain", "token ids to numbers; checked by gateway.wire.bounds"),
    *(Field(f"/messages/*{each.path}", each.treat, each.reason) for each in _MESSAGE),
    *(Field(f"/tools/*{each.path}", each.treat, each.reason) for each in _TOOL),
    *_all("text", "written by the application, read by the model", "/functions/*/name /functions/*/description"),
    Field("/functions/*/parameters", "schema", "a JSON schema"),
    *_all("enum", "one word of the API",
          "/tool_choice /tool_choice/type /tool_choice/allowed_tools/mode /tool_choice/allowed_tools/tools/*/type "
          "/function_call /service_tier /reasoning_effort /verbosity /modalities/* "
          "/prompt_cache_options/mode /response_format/type /audio/format /audio/voice "
          "/web_search_options/search_context_size /web_search_options/user_location/type "
          "/moderation/policy/input/mode /moderation/policy/output/mode /prediction/type "
          "/prediction/content/*/type /prediction/content/*/prompt_cache_breakpoint/mode"),
    *_all("id", "names something that the API keeps", "/audio/voice/id /moderation/model "
          "/prompt_cache_options/ttl /prompt_cache_retention /prediction/content/*/prompt_cache_breakpoint/ttl"),
    *_all("schema", "a JSON schema", "/response_format/json_schema/schema /guided_json /structured_outputs/json"),
    *_all("text", "written by the caller", "/tool_choice/function/name /tool_choice/custom/name "
          "/tool_choice/allowed_tools/tools/*/function/name /function_call/name /response_format/json_schema/name "
          "/response_format/json_schema/description /response_format/json_schema/strict /prediction/content "
          "/prediction/content/*/text /stop /user /safety_identifier /prompt_cache_key /documents /metadata "
          "/bad_words /guided_regex /guided_choice /guided_grammar /structured_outputs/regex "
          "/structured_outputs/choice /structured_outputs/grammar /web_search_options/user_location/approximate/city "
          "/web_search_options/user_location/approximate/country "
          "/web_search_options/user_location/approximate/region "
          "/web_search_options/user_location/approximate/timezone"),
)
REQUEST = compiled(REQUEST_TABLE)

_ENTRY = (
    *_all("token", "the token's text is content, released with it (gateway.wire.logprobs)", "/token"),
    *_all("token", "alternatives to a released token, one token each: there is no running text to judge",
          "/top_logprobs/*/token"),
)
_ANSWER = (  # of a message, or of a delta
    Field("/role", "enum", "the API's word"),
    *_all("text", "the model's text", "/content /reasoning_content /reasoning /refusal /function_call/name "
          "/function_call/arguments /audio/transcript /annotations/*/url_citation/title "
          "/annotations/*/url_citation/url"),
    Field("/audio/id", "id", "names this answer's audio"),
    Field("/audio/data", "audio", "sound; no guard hears it"),
    Field("/audio/expires_at", "plain", "a number"),
    *_all("plain", "numbers", "/annotations/*/url_citation/start_index /annotations/*/url_citation/end_index"),
    Field("/annotations/*/type", "enum", "the API's word"),
    *(Field(f"/tool_calls/*{each.path}", each.treat, each.reason) for each in _CALL),
    *(Field(f"/content/*{each.path}", each.treat, each.reason) for each in _PART),
    *(Field(f"/images/*{each.path}", each.treat, each.reason) for each in _PART),
)
_RESULT = (
    *_all("enum", "the API's word", "/type /code /results/*/type /results/*/category_applied_input_types/*/*"),
    *_all("id", "names a model", "/model /results/*/model"),
    *_all("text", "the server's words", "/message"),
    *_all("plain", "numbers and flags", "/results/*/flagged /results/*/categories /results/*/category_scores"),
)
ANSWER_TABLE: tuple[Field, ...] = (
    Field("/id", "id", "names the answer"),
    *_all("enum", "the API's word", "/object /service_tier"),
    Field("/model", "id", "a configured name"),
    Field("/system_fingerprint", "id", "names the server's build"),
    Field("/obfuscation", "id", "random letters that hide the length of a token"),
    *_all("plain", "numbers", "/created /choices /usage /usage/prompt_tokens /usage/completion_tokens "
          "/usage/total_tokens /usage/prompt_tokens_details /usage/completion_tokens_details"),
    *(Field(f"/moderation/{side}{each.path}", each.treat, each.reason)
      for side in ("input", "output") for each in _RESULT),
    *_all("text", "the caller's own", "/metadata"),
    *(Field(f"/choices/*/{holder}{each.path}", each.treat, each.reason)
      for holder in ("message", "delta") for each in _ANSWER),
    *(Field(f"/choices/*/logprobs/{kind}/*{each.path}", each.treat, each.reason)
      for kind in ("content", "refusal") for each in _ENTRY),
    Field("/choices/*/index", "plain", "a number"),
    *_all("enum", "the API's word", "/choices/*/finish_reason /choices/*/native_finish_reason"),
    Field("/choices/*/stop_reason", "text", "may repeat the caller's stop string"),
)
ANSWER = compiled(ANSWER_TABLE)

DROPPED_FROM_ANSWERS: Mapping[str, str] = {
    "prompt_logprobs": "the prompt's tokens one by one, which no guard can read",
    "prompt_token_ids": "the prompt as numbers, before any edit of the answer is known",
    "prompt_text": "the prompt, after the template",
    "token_ids": "the answer as numbers: what was edited or cut could be read from them",
    "kv_transfer_params": "addresses inside the serving cluster",
}
"""Members of an answer, and of its choices, that never reach a caller, with the reason."""
