"""Texts with their personal data tagged, to train the encoder's tags on: made here, or read from open corpora.

``examples(seed)`` makes them: templates of many registers, filled with names, places, firms and addresses of many
cultures, in the spellings that people use. ``read_btc`` and ``read_wnut`` read two corpora with people's own texts.
"""

from model_server.guard_encoder.tagged.corpora import read_btc, read_wnut
from model_server.guard_encoder.tagged.example import Span, Tagged
from model_server.guard_encoder.tagged.generate import examples

__all__ = ["Span", "Tagged", "examples", "read_btc", "read_wnut"]
