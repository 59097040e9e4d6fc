"""Trains the small encoder whose heads are the gateway's detectors: injection, toxicity, topic and personal data."""
