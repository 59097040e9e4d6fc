"""Sums, intervals, tests and the plain data that they end up in."""
