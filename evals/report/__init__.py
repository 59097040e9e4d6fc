"""A run as people read it: JSON, one HTML file that needs no network, and Markdown."""
