"""Wardgate: a guardrails gateway in front of a custom language model."""

__version__ = "0.1.0"
