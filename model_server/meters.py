"""Prometheus metrics under vLLM's names where they mean the same, so that one dashboard reads both engines."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

from model_server.engine import Engine

SECONDS = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
TOKENS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
LABELS = ("model_name", "engine")


class _Live:
    """Reads the engine's state when scraped, so that a gauge is never stale."""

    def __init__(self, engine: Engine, labels: tuple[str, str]) -> None:
        self._engine, self._labels = engine, labels

    def collect(self) -> Iterator[GaugeMetricFamily]:
        rows = (
            ("vllm:num_requests_running", "Choices being decoded.", self._engine.running),
            ("vllm:num_requests_waiting", "Requests waiting for a place in the batch.", self._engine.waiting),
            ("vllm:kv_cache_usage_perc", "Used part of the key-value cache; 1 is full.", self._engine.cache_fraction),
        )
        for name, text, value in rows:
            family = GaugeMetricFamily(name, text, labels=LABELS)
            family.add_metric(self._labels, value)
            yield family


class Meters:
    """The counters that the API fills; times in seconds, lengths in tokens."""

    def __init__(self, model: str, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        labels = (model, "0")
        self.registry.register(_Live(engine, labels))
        add = self.registry

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
            family = Histogram(name, text, LABELS, buckets=buckets, registry=add)
            return family.labels(*labels)

        self.prompt_tokens = Counter("vllm:prompt_tokens", "Prompt tokens read.", LABELS, registry=add).labels(*labels)
        self.generation_tokens = Counter("vllm:generation_tokens", "Tokens generated.", LABELS, registry=add).labels(
            *labels
        )
        self._ends = Counter("vllm:request_success", "Ended requests.", (*LABELS, "finished_reason"), registry=add)
        self._labels = labels
        self.first_token = histogram("vllm:time_to_first_token_seconds", "From arrival to the first token.", SECONDS)
        self.between_tokens = histogram("vllm:inter_token_latency_seconds", "Between two deliveries.", SECONDS)
        self.whole = histogram("vllm:e2e_request_latency_seconds", "From arrival to the end.", SECONDS)
        self.prompt_length = histogram("vllm:request_prompt_tokens", "Prompt length.", TOKENS)
        self.generation_length = histogram("vllm:request_generation_tokens", "Answer length.", TOKENS)

    def ended(self, reason: str) -> None:
        """Counts an end: stop, length, or abort when the client left."""
        self._ends.labels(*self._labels, reason).inc()

    def render(self) -> bytes:
        return generate_latest(self.registry)
