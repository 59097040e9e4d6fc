"""Real vLLM, in a virtual environment of its own: it pins torch and fastapi, so it is never imported here."""
