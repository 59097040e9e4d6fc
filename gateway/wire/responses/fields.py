"""Which strings of a response, asked or answered, are no text (see ``gateway.wire.fields``).

Items look the same on the way in and on the way out, so they have one table; where a name means one thing in one
kind of item and another in the next, the kind has a table of its own (``PICTURE``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.wire.fields import DROPPED_FROM_ANSWERS, Field, compiled, every

_KEPT = "names something that the model server keeps"
_WORD = "one word of the API"
_NUMBER = "numbers and flags"
_ENTRY = "/logprobs/*/{0} /logprobs/*/top_logprobs/*/{0}"


def _below(place: str, table: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(Field(place + each.path, each.treat, each.reason) for each in table)


_PART = (
    Field("/type", "enum", "names the kind of the part; an unknown kind makes the part unscannable"),
    *every("text", "text of a part", "/text /refusal /stdout /stderr /transcript"),
    Field("/filename", "text", "the caller's name of a file"),
    Field("/image_url", "image", "pixels; no guard reads them"),
    *every("file", "a document in a format of its own; no guard opens it", "/file_data /file_url"),
    *every("audio", "sound; no guard hears it", "/input_audio /input_audio/data /data"),
    *every("enum", _WORD, "/detail /input_audio/format /prompt_cache_breakpoint/mode /outcome/type"),
    *every("id", _KEPT, "/file_id /created_by /prompt_cache_breakpoint/ttl"),
    Field("/outcome/exit_code", "plain", _NUMBER),
)
_CITED = (
    Field("/type", "enum", _WORD),
    *every("id", _KEPT, "/file_id /container_id"),
    *every("text", "the model's words, or a page's", "/filename /title /url"),
    *every("plain", "places in the text, moved where it was edited", "/index /start_index /end_index"),
)
_NOTED = (
    *_below("/annotations/*", _CITED),
    *every("plain", _NUMBER, f"/annotations /logprobs {_ENTRY.format('logprob')} {_ENTRY.format('bytes')}"),
)
_SPELLED = every("text", "the text of an earlier answer", _ENTRY.format("token"))
_TOKENS = every("token", "content itself: released with its text, taken out where that was edited",
                _ENTRY.format("token"))  # fmt: skip
_FUNCTION = (
    Field("/type", "enum", "names the kind of the tool"),
    *every("text", "written by the application, read by the model", "/name /description /format/definition"),
    *every("schema", "a JSON schema", "/parameters /output_schema /input_schema"),
    *every("enum", _WORD, "/format/type /format/syntax /allowed_callers/*"),
    *every("plain", _NUMBER, "/strict /async /defer_loading"),
)
_NETWORK = (
    Field("/type", "enum", _WORD),
    *every("text", "hosts, and secrets meant for them", "/allowed_domains /domain_secrets/*/domain "
           "/domain_secrets/*/name /domain_secrets/*/value"),
)  # fmt: skip
_SKILL = (
    *every("enum", _WORD, "/type /source/type"),
    *every("text", "written by the application, read by the model", "/name /description /path"),
    *every("id", _KEPT, "/skill_id /version /source/media_type"),
    Field("/source/data", "file", "an archive; no guard opens it"),
)
_MACHINE = (
    Field("/type", "enum", _WORD),
    *every("id", _KEPT, "/container_id /file_ids/* /memory_limit"),
    *_below("/network_policy", _NETWORK),
    *_below("/skills/*", _SKILL),
)
TOOL = (
    *_FUNCTION,
    *_below("/tools/*", _FUNCTION),
    Field("/container", "id", _KEPT),
    *_below("/container", _MACHINE),
    Field("/environment", "enum", _WORD),
    *_below("/environment", _MACHINE),
    *every("text", "written by the application, for a service that the model server asks", "/server_label "
           "/server_description /server_url /authorization /headers /allowed_tools /allowed_tools/tool_names "
           "/require_approval/always/tool_names /require_approval/never/tool_names /filters/key /filters/value "
           "/filters/filters /filters/filters/*/key /filters/filters/*/value /filters/allowed_domains "
           "/user_location/city /user_location/country /user_location/region /user_location/timezone /annotations"),
    *every("id", _KEPT, "/vector_store_ids/* /tunnel_id /input_image_mask/file_id /model /svg/model /size"),
    Field("/input_image_mask/image_url", "image", "pixels; no guard reads them"),
    *every("enum", _WORD, "/action /background /complexity /connector_id /execution /filters/type "
           "/filters/filters/*/type /input_fidelity /moderation /output_format /quality /ranking_options/ranker "
           "/require_approval /search_content_types/* /search_context_size /svg/reasoning/effort /user_location/type"),
    *every("plain", _NUMBER, "/display_height /display_width /external_web_access /frame_count /frame_duration_ms "
           "/max_num_results /output_compression /partial_images /allowed_tools/read_only "
           "/require_approval/always/read_only /require_approval/never/read_only /ranking_options/score_threshold "
           "/ranking_options/hybrid_search/embedding_weight /ranking_options/hybrid_search/text_weight"),
)  # fmt: skip
_ACTION = (
    *every("enum", _WORD, "/type /button /sources/*/type"),
    *every("text", "the model chose it, from text it read", "/command /commands /env /keys /pattern /queries /query "
           "/text /url /user /working_directory /sources/*/url"),
    *every("plain", _NUMBER, "/max_output_length /path/*/x /path/*/y /scroll_x /scroll_y /timeout_ms /x /y"),
)  # fmt: skip
_CHECK = (
    Field("/id", "id", _KEPT),
    Field("/code", "enum", _WORD),
    Field("/message", "text", "the server's words"),
)
_FORMAT = (
    Field("/type", "enum", _WORD),
    *every("text", "written by the application, read by the model", "/name /description"),
    Field("/schema", "schema", "a JSON schema"),
    Field("/strict", "plain", _NUMBER),
)
_ITEM = (
    Field("/type", "enum", "names the kind of the item"),
    Field("/role", "enum", "checked against the list of roles"),
    *every("id", _KEPT, "/id /call_id /approval_request_id /container_id /caller/caller_id /created_by /fingerprint "
           "/size /svg_usage/model /results/*/file_id"),
    *every("enum", _WORD, "/status /phase /execution /caller/type /operation/type /action /background /output_format "
           "/quality /error/type /error/code /error/moderation_details/moderation_stage /outputs/*/type "
           "/summary/*/type /reasoning/effort"),
    Field("/encrypted_content", "sealed", "encrypted by the model's provider, who alone reads it, and nothing else"),
    *every("text", "text of an item", "/content /name /namespace /arguments /input /code /output /queries /reason "
           "/revised_prompt /server_label /result /error /error/message /error/param /error/content "
           "/error/moderation_details/categories /operation/diff /operation/path /outputs/*/logs /summary/*/text "
           "/results/*/attributes /results/*/filename /results/*/text"),
    Field("/outputs/*/url", "image", "pixels; no guard reads them"),
    *every("plain", _NUMBER, "/approve /async /max_output_length /results/*/score /svg_usage/input_tokens "
           "/svg_usage/output_tokens /svg_usage/reasoning_tokens /svg_usage/total_tokens"),
    *_below("/text/format", _FORMAT),
    *_below("/environment", _MACHINE),
    *_below("/action", _ACTION),
    *_below("/actions/*", _ACTION),
    *_below("/pending_safety_checks/*", _CHECK),
    *_below("/acknowledged_safety_checks/*", _CHECK),
    *_below("/tools/*", TOOL),
    *_below("/output", _PART),
    *_below("/output/*", _PART),
    *_below("/content/*", _PART),
    *_below("/content/*", _NOTED),
)  # fmt: skip
PICTURE_TABLE = (
    *(each for each in _ITEM if each.path != "/result"),
    Field("/result", "image", "pixels; no guard reads them"),
)
"""An ``image_generation_call``: its result is a picture, that of a ``program_output`` is text."""
ASKED_ITEM = (*_ITEM, *_below("/content/*", _SPELLED))
_SETTINGS = (  # what a request sets and its answer repeats
    Field("/model", "id", "checked against the models that the key may use"),
    *every("enum", _WORD, "/access_programs/cyber /image/context_compression /prompt_cache_options/mode "
           "/reasoning/context /reasoning/effort /reasoning/generate_summary /reasoning/mode /reasoning/summary "
           "/service_tier /text/verbosity /tool_choice /tool_choice/mode /tool_choice/type "
           "/tool_choice/tools/*/type /truncation"),
    *every("id", _KEPT, "/previous_response_id /conversation /conversation/id /prompt_cache_options/ttl "
           "/prompt_cache_options/comparison_response_id /prompt_cache_retention /moderation/model"),
    *every("text", "written by the caller", "/instructions /metadata /prompt_cache_key /safety_identifier /user "
           "/tool_choice/name /tool_choice/server_label /tool_choice/tools/*/name "
           "/tool_choice/tools/*/server_label"),
    *every("plain", _NUMBER, "/background /max_output_tokens /max_tool_calls /parallel_tool_calls /store "
           "/temperature /top_logprobs /top_p /tools /prompt_cache_options/prewarm"),
    *_below("/text/format", _FORMAT),
    *_below("/tools/*", TOOL),
)  # fmt: skip
REQUEST_TABLE: tuple[Field, ...] = (
    *_SETTINGS,
    Field("/input", "text", "the conversation"),
    *_below("/input/*", ASKED_ITEM),
    *every("enum", _WORD, "/moderation/policy/input/mode /moderation/policy/output/mode "
           "/background_options/completion_window"),
    *every("id", _KEPT, "/background_options/continuation_id /context_management/*/type /include/*"),
    *every("plain", _NUMBER, "/stream /stream_options/include_obfuscation /context_management/*/compact_threshold "
           "/top_k /min_p /seed /presence_penalty /frequency_penalty /repetition_penalty /min_tokens /ignore_eos "
           "/skip_special_tokens /include_stop_str_in_output /stop_token_ids /allowed_token_ids /logit_bias"),
    *every("text", "written by the caller", "/stop /bad_words /structured_outputs/regex /structured_outputs/choice "
           "/structured_outputs/grammar"),
    Field("/structured_outputs/json", "schema", "a JSON schema"),
)  # fmt: skip
_RESULT = (
    *every("enum", _WORD, "/type /code /category_applied_input_types/*/*"),
    Field("/model", "id", "names a model"),
    Field("/message", "text", "the server's words"),
    *every("plain", _NUMBER, "/flagged /categories /category_scores /category_applied_input_types"),
)
_COUNTS = every(
    "plain", "numbers", "/input_tokens /output_tokens /total_tokens /cached_tokens /num_requests "
    "/input_tokens_details/cached_tokens /input_tokens_details/cache_write_tokens "
    "/input_tokens_details/cache_write_tokens_details/ttl_12h_tokens "
    "/input_tokens_details/cache_write_tokens_details/ttl_30m_tokens /input_tokens_details/image_tokens "
    "/input_tokens_details/text_tokens /output_tokens_details/reasoning_tokens /output_tokens_details/image_tokens "
    "/output_tokens_details/text_tokens /cached_tokens_details/cached_image_tokens "
    "/cached_tokens_details/cached_text_tokens",
)
ANSWER_TABLE: tuple[Field, ...] = (  # of the response itself; its items have ITEM_TABLE
    *_SETTINGS,
    *_below("/instructions/*", ASKED_ITEM),
    *every("id", _KEPT, "/id /input_transformations/*/id /prompt/id /prompt/version"),
    *every("enum", _WORD, "/object /status /error/code /error/type /error/misalignment/error_type "
           "/incomplete_details/reason /input_transformations/*/type /input_transformations/*/action "
           "/input_transformations/*/reason /prompt_cache_diagnostics/type /prompt_cache_diagnostics/reason"),
    *every("text", "the server's words", "/error/message /error/param /error/misalignment/detailed_explanation "
           "/error/misalignment/review_target /error/misalignment/steer/message"),
    *every("plain", _NUMBER, "/created_at /completed_at /output "
           "/prompt_cache_diagnostics/cache_missed_tokens /prompt_cache_diagnostics/comparison_reusable_tokens"),
    Field("/prompt/variables", "text", "the caller's own"),
    *_below("/prompt/variables/*", _PART),
    *_below("/usage", _COUNTS),
    *_below("/tool_usage/image_gen", _COUNTS),
    *_below("/tool_usage/web_search", _COUNTS),
    *_below("/moderation/input", _RESULT),
    *_below("/moderation/output", _RESULT),
)  # fmt: skip
ITEM_TABLE: tuple[Field, ...] = (*_ITEM, *_below("/content/*", _TOKENS))
EVENT_TABLE: tuple[Field, ...] = (  # what stands in an event beside its item, part or text
    Field("/type", "id", "names the event; an unknown one is dropped unless it holds no text"),
    *every("id", "names the item, as the item itself does", "/item_id"),
    *every("id", "random letters that hide the length of a token, or a size", "/obfuscation /size"),
    *every("enum", _WORD, "/status /background /output_format /quality"),
    *every("plain", _NUMBER, "/sequence_number /output_index /content_index /summary_index /annotation_index "
           "/command_index /partial_image_index"),
    Field("/partial_image_b64", "image", "pixels; no guard reads them"),
)  # fmt: skip
REQUEST, ANSWER = compiled(REQUEST_TABLE), compiled(ANSWER_TABLE)
ITEM, PICTURE, EVENT = compiled(ITEM_TABLE), compiled(PICTURE_TABLE), compiled(EVENT_TABLE)
ITEM_OF = {"image_generation_call": PICTURE}
"""The tree of a kind of item; every other kind has ``ITEM``."""

DROPPED: Mapping[str, str] = {
    **DROPPED_FROM_ANSWERS,
    "input_messages": "the prompt as the model server wrote it, after the template",
    "output_messages": "the answer as the model wrote it, past every edit",
}
"""Members of a response that never reach a caller, with the reason."""
