"""One pure file per metric family; importing the registry loads them all. See docs/metrics.md."""
