"""The one table of where the embedded engine's wire differs from real vLLM's, and why that is meant.

Everything else must agree: `test_wire.py` fails on a difference that no row allows and on a row that nothing needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Difference:
    """`probes` by name; `place`, `embedded` and `vllm` as `test_wire.differences` writes them; all may hold ``*``."""

    probes: Sequence[str]
    place: str
    embedded: str
    vllm: str
    reason: str

    def allows(self, probe: str, place: str, embedded: str, vllm: str) -> bool:
        pairs = ((place, self.place), (embedded, self.embedded), (vllm, self.vllm))
        return any(fnmatchcase(probe, each) for each in self.probes) and all(fnmatchcase(a, b) for a, b in pairs)


KNOWN = (
    Difference(
        ("one model",), "status", "200", "404",
        "vLLM 0.32 has no route for one model; OpenAI has, and clients ask for it.",
    ),
    Difference(
        ("one model, unknown", "unknown route", "wrong method"), "body", "error object", "detail",
        "vLLM answers with its web framework's default; the embedded engine keeps to the one error shape.",
    ),
    Difference(
        ("no key", "wrong key"), "body", "error object", "error",
        'vLLM answers {"error": "Unauthorized"}; the embedded engine keeps to the one error shape.',
    ),
    Difference(
        ("detokenize, no token",), "status", "400", "200",
        "vLLM drops token ids that it does not know; the embedded engine says so.",
    ),
    Difference(
        ("chat, unknown role",), "status", "400", "200",
        "vLLM lets the chat template decide; this model was trained with five roles, OpenAI knows no other.",
    ),
    Difference(
        ("tokenize, a forged turn",), "value of *", "*", "*",
        "vLLM reads the template's marks in a message as marks, so a caller can forge a turn; the embedded engine reads "
        "them as text. In front of both the gateway's injection guard refuses them (test_gateway.py).",
    ),
    Difference(
        ("*",), "error/type", "BadRequestError", "Bad Request",
        "vLLM names the refusals of its schema by their HTTP reason, its own by BadRequestError; here all are the latter.",
    ),
    Difference(
        ("*",), "error/param", "*", "body*",
        "vLLM gives its schema's path, with the class names of its unions; the embedded engine the field's name.",
    ),
    Difference(
        ("*",), "error/param", "*", "None",
        "vLLM does not say which field it refuses; the embedded engine does.",
    ),
    Difference(
        ("chat, too many rivals",), "error/param", "top_logprobs", "logprobs",
        "The field that holds the number is top_logprobs.",
    ),
    Difference(
        ("text, no room for an answer",), "error/param", "input_tokens", "max_tokens",
        "vLLM blames max_tokens, which it has cut down to 0 itself; the prompt is what is too long.",
    ),
    Difference(
        ("text, echo and logprobs*", "text, characters of several tokens"), "*/choices/*/prompt_logprobs*", "*", "*",
        "vLLM repeats an echo's logprobs in a form of its own, by token id; the embedded engine has OpenAI's form only.",
    ),
    Difference(
        ("text, echo*nothing drawn", "text, characters of several tokens"), "value of /usage/*_tokens", "*", "*",
        "vLLM draws one token all the same, counts it and does not show it; the embedded engine draws none.",
    ),
    Difference(
        ("text streamed, echo and logprobs",), "content/choices/*/prompt_token_ids*", "*", "*",
        "vLLM adds the ids of an echoed prompt to the first chunk, and to no whole answer.",
    ),
)  # fmt: skip

METRICS_OF_VLLM_ALONE = {
    "estimated_": "an estimate of the hardware's use",
    "num_requests_waiting_by_reason": "the embedded engine has one reason: no free row",
    "engine_sleep_state": "the embedded engine does not sleep",
    "prefix_cache_": "the embedded engine keeps no cache between requests",
    "external_prefix_cache_": "the embedded engine keeps no cache between requests",
    "mm_cache_": "the embedded engine reads text only",
    "prompt_tokens_by_source": "all prompt tokens are computed",
    "prompt_tokens_cached": "the embedded engine keeps no cache between requests",
    "num_preemptions": "a row that runs is never put aside",
    "request_num_preemptions": "a row that runs is never put aside",
    "admission_rejections": "requests wait, none is rejected",
    "iteration_tokens": "about the scheduler's batches",
    "request_max_num_generation_tokens": "the length limits asked for, not what came of them",
    "request_params_": "the limits asked for, not what came of them",
    "request_time_per_output_token_seconds": "inter_token_latency_seconds says it per delivery",
    "request_queue_time_seconds": "phases that the embedded engine does not time apart",
    "request_inference_time_seconds": "phases that the embedded engine does not time apart",
    "request_prefill_": "phases that the embedded engine does not time apart",
    "request_decode_time_seconds": "phases that the embedded engine does not time apart",
    "cache_config_info": "a paged cache's configuration",
}
"""Prefixes (after ``vllm:``) of families that the embedded engine lacks, with the reason."""
