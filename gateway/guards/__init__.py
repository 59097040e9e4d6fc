"""One file per guard; importing the registry loads them all. See CONTRIBUTING.md."""
