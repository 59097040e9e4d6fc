"""Builds a running gateway's parts from settings: the one place that knows all of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import ssl
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from gateway.audit.local_suite import LocalSuite
from gateway.audit.record import Audit, NoAudit
from gateway.audit.reviews import Decisions
from gateway.audit.sqlite import SqliteAudit
from gateway.config.settings import DetectorSettings, Settings, UpstreamSettings
from gateway.detectors import pool
from gateway.detectors.pool import Pool
from gateway.errors import ConfigError
from gateway.proxy.app import Gateway
from gateway.proxy.auth import ANYONE, Caller, Keys, hash_key
from gateway.proxy.ids import Ids
from gateway.proxy.limits import Bounds, Rates
from gateway.proxy.litellm_library import prepare
from gateway.proxy.litellm_upstream import LitellmUpstream
from gateway.proxy.models import Entry, Models, ModelServer
from gateway.proxy.relay import House, Policies
from gateway.proxy.upstream import Target, Upstream
from gateway.telemetry.log import log
from gateway.telemetry.metrics import Metrics


def keys(settings: Settings) -> Keys:
    pepper = settings.key_pepper.encode()
    return Keys(tuple(
        (each.hash or hash_key(each.key, pepper), Caller(each.name, each.tenant, each.models, each.rpm,
                                                          each.explain or settings.explain))
        for each in settings.keys
    ), pepper, anyone=Caller(ANYONE.name, explain=settings.explain))  # fmt: skip


def bounds(settings: Settings) -> Bounds:
    limits = settings.limits
    return Bounds(
        max_concurrent=limits.max_concurrent, max_body=limits.max_body, head_timeout=limits.head_timeout,
        body_timeout=limits.body_timeout, idle_timeout=limits.idle_timeout, write_timeout=limits.write_timeout,
        keepalive_comment=limits.keepalive_comment, checks_rpm=settings.checks.rpm, feedback_rpm=settings.feedback.rpm,
    )  # fmt: skip


def target(settings: UpstreamSettings) -> Target:
    """Raises ConfigError when the CA file cannot be read."""
    context = None
    if settings.ca_file:
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise ConfigError("the CA file cannot be read", field=f"upstreams.{settings.name}.ca_file",
                              cure="give the path of a PEM file") from error  # fmt: skip
    return Target(
        settings.name, settings.base_url, settings.api_key, settings.connect_timeout, settings.first_byte_timeout,
        settings.idle_timeout, settings.max_answer, verify=context, auth=settings.auth,
    )  # fmt: skip


def upstream(settings: UpstreamSettings, clock: Callable[[], float]) -> ModelServer:
    """Raises ConfigError, for instance where litellm is asked for and not installed."""
    if not settings.litellm:
        return Upstream(target(settings), clock)
    provider = prepare(settings.litellm, upstream=settings.name, base_url=settings.base_url)
    return LitellmUpstream(target(settings), provider, clock)


def models(settings: Settings, clock: Callable[[], float]) -> Models:
    upstreams = {each.name: upstream(each, clock) for each in settings.upstreams}
    return Models(tuple(Entry(each.name, upstreams[each.upstream], each.model) for each in settings.served))


def audit(settings: Settings, metrics: Metrics) -> Audit:
    path = settings.audit.path
    if path is None:
        return NoAudit()
    return SqliteAudit(
        path, required=settings.audit.mode == "required", capacity=settings.audit.capacity,
        dropped=lambda count: metrics.audit_dropped.add(by=count),
        written=lambda count: metrics.audit_written.add(by=count),
        replaced=lambda: log.warning(
            "audit_file_replaced", file=str(path), reason="the file that was written to is no longer there",
            cure="a new chain begins here; keep the old file if it was moved, and stop the gateway to move one",
        ),
        failed=lambda error: log.error(
            "audit_not_written", file=str(path), reason=str(error),
            cure="make it a place that this user may write; it is tried again every half a second",
        ),
    )  # fmt: skip


def tenant_keys(settings: Settings) -> Callable[[str], tuple[bytes, ...]]:
    """Each tenant's placeholder secrets; without ``placeholder_key`` the first lasts as long as the process."""
    written = (settings.placeholder_key or secrets.token_hex(32), *settings.retired_placeholder_keys)
    roots = [hashlib.sha256(each.encode()).digest() for each in written]

    @lru_cache(maxsize=4096)
    def of(tenant: str) -> tuple[bytes, ...]:
        return tuple(hmac.digest(root, tenant.encode(), "sha256") for root in roots)

    return of


def detectors(settings: DetectorSettings, metrics: Metrics) -> Pool:
    """Asks the detectors for one worker; nothing of it is there before the first question."""
    bounds = pool.Bounds(
        threads=settings.threads, timeout=settings.timeout_ms / 1000, batch=settings.batch, remember=settings.remember,
        waiting=settings.waiting,
    )  # fmt: skip
    return Pool(bounds, metrics, report=lambda name, error: log.error("detector_failed", name=name, error=error))


def gateway(
    settings: Settings, policies: Policies, metrics: Metrics, sink: Audit, rates: Rates | None = None
) -> Gateway:
    """One worker's data port, ready to be given to a listening socket; call inside a running loop."""
    clock = time.monotonic
    path, folder = settings.audit.path, settings.feedback.suite
    house = House(
        models=models(settings, clock), policies=policies, audit=sink, metrics=metrics, clock=clock, wall=time.time,
        tenant_keys=tenant_keys(settings), ids=Ids(), pumps=set(),
        decisions=Decisions(path) if path is not None else None,
        suite=LocalSuite(Path(folder)) if folder else None, detectors=detectors(settings.detectors, metrics),
    )  # fmt: skip
    return Gateway(house, keys(settings), bounds(settings), clock=clock, rates=rates)
