"""Judges: endpoints that are asked what an answer is worth. What they fail to say is counted and never averaged in."""
