"""Fit what content says of the vectors of songs: a ridge regression of finished vectors on artist, genres and sound."""

import numpy as np
import torch
from scipy import sparse

from engine.model.content_map import ContentMap
from engine.model.towers import Sizes, SongTensors

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # of the pull towards the mean, to choose from
_STEPS, _CLOSE = 60, 1e-3


def content_matrix(songs: SongTensors) -> sparse.csr_matrix:
    """Content of all songs, `(songs, genres + 1 + 2 * columns + artists + 1)`, as `ContentMap` reads it."""
    artist, count = songs.artist.cpu().numpy(), len(songs.artist)
    known = (artist > 0).astype(np.float32)
    artists = sparse.csr_matrix((known, (np.arange(count), artist)), shape=(count, int(songs.artist.max()) + 1))
    sound = sparse.csr_matrix(songs.sound.cpu().numpy())
    return sparse.hstack([songs.genre_matrix(), sound, artists], format="csr")


def fit_content(
    sizes: Sizes,
    content: sparse.csr_matrix,
    vectors: np.ndarray,
    listeners: np.ndarray,
    strength: float,
    chosen: np.ndarray | None = None,
) -> ContentMap:
    """Regress vectors on content, songs with many listeners counting more (by the root of how many).

    Parameters
    ----------
    content
        As of `content_matrix`.
    vectors
        `(songs, width)`, of which those without listeners aren't read.
    listeners
        `(songs,)`.
    strength
        Of the pull towards the mean vector.
    chosen
        Positions of the songs to learn from; None for all that have listeners.
    """
    if chosen is None:
        chosen = np.flatnonzero(listeners > 0)
    width = vectors.shape[1]
    fitted = ContentMap(sizes, width)
    weights = np.sqrt(listeners[chosen]).astype(np.float32)
    mean = np.average(vectors[chosen], axis=0, weights=weights) if len(chosen) else np.zeros(width)
    found = _ridge(content[chosen], vectors[chosen] - mean, weights, strength)
    genres, sound = sizes.genres + 1, 2 * sizes.sound
    artists = found[genres + sound :]
    encoder = fitted.encoder
    with torch.no_grad():
        fitted.mean.copy_(torch.from_numpy(mean))
        encoder.genre.weight.copy_(torch.from_numpy(found[:genres]))
        encoder.sound.copy_(torch.from_numpy(found[genres : genres + sound]))
        encoder.artist.weight.zero_()
        encoder.artist.weight[: len(artists)] = torch.from_numpy(artists).to(encoder.artist.weight.dtype)
    return fitted


def _ridge(content: sparse.csr_matrix, wanted: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
    """Solve (XᵀWX + λI) B = XᵀWY by conjugate gradients, all columns of Y side by side: `(features, width)`."""
    weighted = content.multiply(weights[:, None]).tocsr()
    back = weighted.T.tocsr()
    left = back @ wanted
    found, direction = np.zeros_like(left), left.copy()
    error = (left**2).sum(axis=0)
    goal = _CLOSE**2 * np.maximum(error, 1e-30)
    for _ in range(_STEPS):
        if (error <= goal).all():
            break
        image = back @ (content @ direction) + strength * direction
        step = error / np.maximum((direction * image).sum(axis=0), 1e-30)
        found += step * direction
        left -= step * image
        after = (left**2).sum(axis=0)
        direction = left + after / np.maximum(error, 1e-30) * direction
        error = after
    return found
