"""From replies, or from files of predictions, to numbers."""
