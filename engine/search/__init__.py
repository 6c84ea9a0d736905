"""Typo-tolerant song search: normalise, index, rank."""

from engine.search.normalise import normalise
from engine.search.song_search import Hit, SongSearch

__all__ = ["Hit", "SongSearch", "normalise"]
