"""Scores models and policies: every number with n, an interval and a paired comparison. See docs/evaluation.md."""
