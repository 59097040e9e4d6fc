"""Self-made texts that the encoder learns injection from: attacks, and at least as many harmless doubles of them.

``examples(seed)`` is pure: the same seed gives the same texts. Nothing here stands in the frozen sets of
``evals/suites/guards``, and whole families of those sets have no counterpart here; ``overlap`` checks it.
"""

from model_server.guard_encoder.data.examples import Example, examples

__all__ = ["Example", "examples"]
