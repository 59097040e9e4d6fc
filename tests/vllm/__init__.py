"""Against real vLLM, run by `make test-vllm`: the company example, the wire, the numbers."""
