"""Nearest songs by inner product: exact, and HNSW where its recall has been measured."""

from engine.retrieval.exact import ExactIndex
from engine.retrieval.hnsw import HnswIndex, build_hnsw, load_hnsw

__all__ = ["ExactIndex", "HnswIndex", "build_hnsw", "load_hnsw"]
