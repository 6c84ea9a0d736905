"""Fit what content says of the vectors of songs: a ridge regression of finished vectors on artist, genres, sound."""

import numpy as np
import torch
from scipy import sparse

from engine.model.content_map import ContentMap, how_described
from engine.model.towers import Sizes, SongTensors

STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # of the pull towards the mean, to choose from
_STEPS, _CLOSE = 60, 1e-3


def content_matrix(songs: SongTensors) -> sparse.csr_matrix:
    """Content of all songs, as `ContentMap` reads it: genres, sound, how they are described, and artists."""
    artist, count = songs.artist.cpu().numpy(), len(songs.artist)
    known = (artist > 0).astype(np.float32)
    artists = sparse.csr_matrix((known, (np.arange(count), artist)), shape=(count, int(artist.max(initial=0)) + 1))
    dense = [sparse.csr_matrix(part.cpu().numpy()) for part in (songs.sound, how_described(songs.genres))]
    return sparse.hstack([songs.genre_matrix(), *dense, artists], format="csr")


def fit_content(
    sizes: Sizes, content: sparse.csr_matrix, vectors: np.ndarray, chosen: np.ndarray, strength: float
) -> ContentMap:
    """Regress vectors on content.

    Each song counts the same, however many listeners it has: new songs are more like those with few.

    Parameters
    ----------
    content
        As of `content_matrix`.
    vectors
        `(songs, width)`.
    chosen
        Positions of the songs to learn from: those with train plays, or some of them.
    strength
        Of the pull towards the mean vector.
    """
    width = vectors.shape[1]
    fitted = ContentMap(sizes, width)
    mean = vectors[chosen].mean(axis=0) if len(chosen) else np.zeros(width)
    found = torch.from_numpy(_ridge(content[chosen], vectors[chosen] - mean, strength))
    encoder = fitted.encoder
    with torch.no_grad():
        fitted.mean.copy_(torch.from_numpy(mean))
        first = 0
        for table in (encoder.genre.weight, encoder.sound, fitted.described):
            table.copy_(found[first : first + len(table)])
            first += len(table)
        encoder.artist.weight.zero_()
        encoder.artist.weight[: len(found) - first] = found[first:].to(encoder.artist.weight.dtype)
    return fitted


def _ridge(content: sparse.csr_matrix, wanted: np.ndarray, strength: float) -> np.ndarray:
    """Solve (XᵀX + λI) B = XᵀY by conjugate gradients, all columns of Y side by side: `(features, width)`."""
    back = content.T.tocsr()
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
