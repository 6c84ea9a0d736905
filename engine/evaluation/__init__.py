"""Metrics and baselines: they need scores, not models."""
