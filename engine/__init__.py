"""Lhydra: a hybrid music recommender that people can look into.

>>> from engine import Engine                                   # doctest: +SKIP
>>> engine = Engine.load("artifacts/demo")                      # doctest: +SKIP
>>> engine.recommend(history=["s00001"], country="Ghana", k=5)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from engine.errors import BundleError, DataError, EngineError, SettingsError, UnknownSong, UnknownUser

if TYPE_CHECKING:
    from engine.serving.engine import Engine

__all__ = ["BundleError", "DataError", "Engine", "EngineError", "SettingsError", "UnknownSong", "UnknownUser"]


def __getattr__(name: str) -> Any:
    # Engine brings pandas and onnxruntime; `engine --help` and the tables' readers don't need them.
    if name == "Engine":
        from engine.serving.engine import Engine

        return Engine
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
