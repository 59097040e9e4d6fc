"""The example that must always work, in front of real vLLM: the very tests that the embedded engine passes."""

from __future__ import annotations

import pytest

from tests.e2e.test_company import (
    raw,
    test_a_block_says_so_and_the_audit_proves_it,
    test_harmless_questions_are_answered_unchanged,
    test_the_engine_alone_gives_secrets_away,
    test_the_gateway_gives_nothing_away,
)

__all__ = [
    "raw",
    "test_a_block_says_so_and_the_audit_proves_it",
    "test_harmless_questions_are_answered_unchanged",
    "test_the_engine_alone_gives_secrets_away",
    "test_the_gateway_gives_nothing_away",
]
pytestmark = pytest.mark.vllm
