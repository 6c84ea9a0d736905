"""What may be asked of an explanation: by which method, and against whom and what."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.errors import SettingsError

INTEGRATED_GRADIENTS, FEATURE_ABLATION, GRADIENT_SHAP = "integrated_gradients", "feature_ablation", "gradient_shap"
METHODS = (INTEGRATED_GRADIENTS, FEATURE_ABLATION, GRADIENT_SHAP)
LISTENERS = ("average", "unknown", "peers")
SONGS = ("average", "popular")
LARGEST_ERROR = 0.01  # of the score difference


@dataclass(frozen=True)
class Baseline:
    """What a score is held against: someone without a history, and a song, or an average of songs.

    `listener` is `average` (demographics as they are on average), `unknown` (nothing is known of them: what the engine
    would score for a stranger) or `peers` (the listener's own demographics, so that the history explains alone).
    `song` is `average` (all songs with plays alike), `popular` (each as often as it has listeners) or a song's id.
    """

    listener: str = "average"
    song: str = "average"


DEFAULT = Baseline()


def method_name(method: str) -> str:
    """Check the name of a method."""
    return _one_of("method", method, METHODS)


def listener_name(listener: str) -> str:
    """Check the name of a listener to compare with."""
    return _one_of("baseline listener", listener, LISTENERS)


def _one_of(what: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise SettingsError(f"{what} must be one of {', '.join(known)}, not {str(value)[:60]!r}")
    return value
