"""Asking: targets, the plan, the client, the journal. What came back, and nothing of what it is worth."""
