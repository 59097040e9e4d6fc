"""The guards' report card: each shipped guard on frozen texts, at the shipped threshold and beyond it."""
