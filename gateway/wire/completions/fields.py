"""Which strings of a text completion, asked or answered, are no text (see ``gateway.wire.fields``)."""

from __future__ import annotations

from gateway.wire.fields import Field, compiled, every

_NUMBERS = (
    "/n /best_of /stream /stream_options /stream_options/include_usage /stream_options/include_obfuscation "
    "/stream_options/continuous_usage_stats /temperature /top_p /top_k /min_p /min_tokens /max_tokens "
    "/presence_penalty /frequency_penalty /repetition_penalty /length_penalty /seed /echo /logprobs /ignore_eos "
    "/skip_special_tokens /spaces_between_special_tokens /include_stop_str_in_output /add_special_tokens "
    "/stop_token_ids /allowed_token_ids /truncate_prompt_tokens /prompt/*/*"
)
REQUEST_TABLE: tuple[Field, ...] = (
    Field("/model", "id", "checked against the models that the key may use"),
    *every("plain", "numbers and flags; their types are checked by gateway.wire.bounds", _NUMBERS),
    Field("/logit_bias", "plain", "token ids to numbers; checked by gateway.wire.bounds"),
    *every("text", "the model reads it; token ids in its place are unscannable", "/prompt /prompt/* /suffix"),
    *every("enum", "one word of the API", "/service_tier /response_format/type /truncation_side"),
    *every("schema", "a JSON schema", "/response_format/json_schema/schema /guided_json /structured_outputs/json"),
    *every("text", "written by the caller", "/stop /bad_words /user /metadata /response_format/json_schema/name "
          "/response_format/json_schema/description /response_format/json_schema/strict /guided_regex /guided_choice "
          "/guided_grammar /structured_outputs/regex /structured_outputs/choice /structured_outputs/grammar"),
)
REQUEST = compiled(REQUEST_TABLE)
ANSWER_TABLE: tuple[Field, ...] = (
    Field("/id", "id", "names the answer"),
    *every("enum", "the API's word", "/object /service_tier /choices/*/finish_reason"),
    Field("/model", "id", "a configured name"),
    Field("/system_fingerprint", "id", "names the server's build"),
    Field("/obfuscation", "id", "random letters that hide the length of a token"),
    *every("plain", "numbers", "/created /choices /choices/*/index /usage /usage/prompt_tokens "
          "/usage/completion_tokens /usage/total_tokens /usage/prompt_tokens_details /usage/completion_tokens_details "
          "/choices/*/logprobs /choices/*/logprobs/token_logprobs /choices/*/logprobs/text_offset"),
    Field("/choices/*/text", "text", "the model's text, and with echo the prompt's"),
    Field("/choices/*/logprobs/tokens/*", "token", "a token's text is content, released with it (wire.logprobs)"),
    Field("/choices/*/logprobs/top_logprobs/*/*/~key", "token",
          "alternatives to a released token, one token each: there is no running text to judge"),
    Field("/choices/*/stop_reason", "text", "may repeat the caller's stop string"),
)
ANSWER = compiled(ANSWER_TABLE)
