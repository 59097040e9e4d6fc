"""From YAML and rows on disk to a suite: samples with what to ask and what to compare with."""
