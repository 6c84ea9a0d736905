"""Nearest songs by inner product: exact, and HNSW where its recall has been measured, behind one interface."""

from engine.retrieval.exact import ExactIndex
from engine.retrieval.hnsw import HnswIndex, build_hnsw, load_hnsw
from engine.retrieval.index import VectorIndex

__all__ = ["ExactIndex", "HnswIndex", "VectorIndex", "build_hnsw", "load_hnsw"]
