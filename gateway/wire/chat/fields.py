"""Which strings of a chat completion, asked or answered, are no text (see ``gateway.wire.fields``)."""

from __future__ import annotations

from gateway.wire.fields import Field, compiled, every

PART = (
    Field("/type", "enum", "names the kind of the part; an unknown kind makes the part unscannable"),
    *every("text", "text of a part", "/text /refusal /thinking /content"),
    *every("image", "pixels; no guard reads them",
          "/image_url /image_url/url /image /image_embeds /image_pil /input_image"),
    *every("audio", "sound; no guard hears it", "/input_audio /input_audio/data /audio_url /audio_url/url /audio"),
    *every("video", "pixels; no guard reads them", "/video_url /video_url/url /video"),
    *every("file", "a document in a format of its own; no guard opens it", "/file /file/file_data /file_data"),
    *every("id", "names an upload", "/file/file_id /file_id /uuid"),
    *every("text", "the caller's name of a file", "/file/filename"),
    *every("enum", "one word of the API", "/image_url/detail /input_audio/format /detail /cache_control/type "
          "/cache_control/ttl /prompt_cache_breakpoint/mode"),
    Field("/prompt_cache_breakpoint/ttl", "id", "a duration such as 30m"),
)
CALL = (
    Field("/id", "id", "pairs a call with its result"),
    Field("/type", "enum", "function or custom"),
    *every("text", "the model chose it, from text it read", "/function/name /function/arguments /custom/name "
          "/custom/input"),
    Field("/index", "plain", "a number"),
)
_MESSAGE = (
    Field("/role", "enum", "checked against the list of roles"),
    Field("/tool_call_id", "id", "pairs a result with its call"),
    Field("/audio/id", "id", "names an earlier answer's audio"),
    *every("text", "text of a message", "/content /name /refusal /reasoning_content /reasoning "
          "/function_call/name /function_call/arguments"),
    *(Field(f"/content/*{each.path}", each.treat, each.reason) for each in PART),
    *(Field(f"/tool_calls/*{each.path}", each.treat, each.reason) for each in CALL),
)
TOOL = (
    Field("/type", "enum", "function or custom"),
    *every("text", "written by the application, read by the model", "/function/name /function/description "
          "/custom/name /custom/description /custom/format/grammar/definition /custom/format/definition "
          "/name /description"),
    *every("enum", "one word of the API", "/custom/format/type /custom/format/grammar/syntax /custom/format/syntax"),
    *every("schema", "a JSON schema", "/function/parameters /parameters"),
    Field("/function/strict", "plain", "a flag"),
)
NUMBERS = (
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
    *every("plain", "numbers and flags; their types are checked by gateway.wire.bounds", NUMBERS),
    Field("/logit_bias", "plain", "token ids to numbers; checked by gateway.wire.bounds"),
    *(Field(f"/messages/*{each.path}", each.treat, each.reason) for each in _MESSAGE),
    *(Field(f"/tools/*{each.path}", each.treat, each.reason) for each in TOOL),
    *every("text", "written by the application, read by the model", "/functions/*/name /functions/*/description"),
    Field("/functions/*/parameters", "schema", "a JSON schema"),
    *every("enum", "one word of the API",
          "/tool_choice /tool_choice/type /tool_choice/allowed_tools/mode /tool_choice/allowed_tools/tools/*/type "
          "/function_call /service_tier /reasoning_effort /verbosity /modalities/* "
          "/prompt_cache_options/mode /response_format/type /audio/format /audio/voice "
          "/web_search_options/search_context_size /web_search_options/user_location/type "
          "/moderation/policy/input/mode /moderation/policy/output/mode /prediction/type "
          "/prediction/content/*/type /prediction/content/*/prompt_cache_breakpoint/mode"),
    *every("id", "names something that the API keeps", "/audio/voice/id /moderation/model "
          "/prompt_cache_options/ttl /prompt_cache_retention /prediction/content/*/prompt_cache_breakpoint/ttl"),
    *every("schema", "a JSON schema", "/response_format/json_schema/schema /guided_json /structured_outputs/json"),
    *every("text", "written by the caller", "/tool_choice/function/name /tool_choice/custom/name "
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
    *every("token", "the token's text is content, released with it (gateway.wire.chat.logprobs)", "/token"),
    *every("token", "alternatives to a released token, one token each: there is no running text to judge",
          "/top_logprobs/*/token"),
)
_ANSWER = (  # of a message, or of a delta
    Field("/role", "enum", "the API's word"),
    *every("text", "the model's text", "/content /reasoning_content /reasoning /refusal /function_call/name "
          "/function_call/arguments /audio/transcript /annotations/*/url_citation/title "
          "/annotations/*/url_citation/url"),
    Field("/audio/id", "id", "names this answer's audio"),
    Field("/audio/data", "audio", "sound; no guard hears it"),
    Field("/audio/expires_at", "plain", "a number"),
    *every("plain", "numbers", "/annotations/*/url_citation/start_index /annotations/*/url_citation/end_index"),
    Field("/annotations/*/type", "enum", "the API's word"),
    *(Field(f"/tool_calls/*{each.path}", each.treat, each.reason) for each in CALL),
    *(Field(f"/content/*{each.path}", each.treat, each.reason) for each in PART),
    *(Field(f"/images/*{each.path}", each.treat, each.reason) for each in PART),
)
_RESULT = (
    *every("enum", "the API's word", "/type /code /results/*/type /results/*/category_applied_input_types/*/*"),
    *every("id", "names a model", "/model /results/*/model"),
    *every("text", "the server's words", "/message"),
    *every("plain", "numbers and flags", "/results/*/flagged /results/*/categories /results/*/category_scores"),
)
ANSWER_TABLE: tuple[Field, ...] = (
    Field("/id", "id", "names the answer"),
    *every("enum", "the API's word", "/object /service_tier"),
    Field("/model", "id", "a configured name"),
    Field("/system_fingerprint", "id", "names the server's build"),
    Field("/obfuscation", "id", "random letters that hide the length of a token"),
    *every("plain", "numbers", "/created /choices /usage /usage/prompt_tokens /usage/completion_tokens "
          "/usage/total_tokens /usage/prompt_tokens_details /usage/completion_tokens_details"),
    *(Field(f"/moderation/{side}{each.path}", each.treat, each.reason)
      for side in ("input", "output") for each in _RESULT),
    *every("text", "the caller's own", "/metadata"),
    *(Field(f"/choices/*/{holder}{each.path}", each.treat, each.reason)
      for holder in ("message", "delta") for each in _ANSWER),
    *(Field(f"/choices/*/logprobs/{kind}/*{each.path}", each.treat, each.reason)
      for kind in ("content", "refusal") for each in _ENTRY),
    Field("/choices/*/index", "plain", "a number"),
    *every("enum", "the API's word", "/choices/*/finish_reason /choices/*/native_finish_reason"),
    Field("/choices/*/stop_reason", "text", "may repeat the caller's stop string"),
)
ANSWER = compiled(ANSWER_TABLE)
