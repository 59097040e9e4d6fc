"""Which strings of embeddings, asked or answered, are no text (see ``gateway.wire.fields``)."""

from __future__ import annotations

from gateway.wire.fields import Field, compiled, every

REQUEST_TABLE: tuple[Field, ...] = (
    Field("/model", "id", "checked against the models that the key may use"),
    *every("text", "the model reads it; token ids in its place are unscannable", "/input /input/*"),
    *every("text", "written by the caller", "/user /additional_data"),
    *every("enum", "one word of the API", "/encoding_format /embed_dtype /endianness /truncation_side"),
    *every("plain", "numbers and flags", "/dimensions /stream /add_special_tokens /normalize /use_activation "
          "/truncate_prompt_tokens /input/*/*"),
)
REQUEST = compiled(REQUEST_TABLE)
ANSWER_TABLE: tuple[Field, ...] = (
    *every("id", "names the answer, or a configured model", "/id /model"),
    *every("enum", "the API's word", "/object /data/*/object"),
    *every("plain", "numbers", "/created /data /data/*/index /data/*/embedding/* /usage /usage/prompt_tokens "
          "/usage/completion_tokens /usage/total_tokens /usage/prompt_tokens_details"),
    Field("/data/*/embedding", "token", "numbers in base64: checked to be nothing else, and never read as text"),
)
ANSWER = compiled(ANSWER_TABLE)
