"""Losses, the loop and its checkpoints."""
