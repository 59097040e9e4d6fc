"""Models of other APIs through litellm: asked in OpenAI's words, and what comes back is read like OpenAI's.

Only chats; a parameter that the provider does not know is left out, and a stream is asked for as a whole answer.
litellm is imported late, without its telemetry, its lists from the network and its retries: the runner has its own.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from evals.run.targets import Target
from gateway.errors import ConfigError

CURE = "pip install 'wardgate[litellm]'"
_OURS = ("stream", "stream_options")
_Answer = tuple[int, dict[str, str], Any]


class OtherApis:
    """One library for all targets of other APIs; imported when it is made. Raises ConfigError without it."""

    def __init__(self) -> None:
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # reads no .env file
        try:
            import litellm
        except ImportError:
            raise ConfigError("a target with `litellm` needs the package litellm", cure=CURE) from None
        litellm.telemetry, litellm.suppress_debug_info = False, True
        litellm.drop_params, litellm.num_retries = True, 0
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx"):  # its lines hold questions and answers
            logging.getLogger(name).disabled = True
        self._library = litellm

    async def exchange(self, target: Target, body: dict[str, Any], seconds: float) -> _Answer:
        """Status, headers and decoded body, as the endpoint of OpenAI would have answered.

        Raises TimeoutError, or OSError where no answer came.
        """
        asked = {name: value for name, value in body.items() if name not in _OURS and name != "model"}
        try:
            found = await self._library.acompletion(
                model=target.litellm, api_key=target.api_key or None, base_url=target.base_url or None, timeout=seconds,
                **asked)
        except Exception as error:  # noqa: BLE001  # litellm's own, openai's, httpx's and the provider library's
            return self._refused(error)
        return 200, {}, found.model_dump()

    def _refused(self, error: Exception) -> _Answer:
        known = self._library.exceptions
        if isinstance(error, known.Timeout | TimeoutError):
            raise TimeoutError from None
        if isinstance(error, known.APIConnectionError):
            raise OSError("no connection") from None
        status = int(getattr(error, "status_code", 0) or 500)
        blocked = isinstance(error, known.ContentPolicyViolationError)
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        return (400 if blocked else status, {str(name).lower(): str(value) for name, value in headers.items()},
                {"error": {"code": "content_filter" if blocked else "provider"}})

    async def close(self) -> None:
        """Closes the connections that litellm keeps."""
        await self._library.close_litellm_async_clients()
