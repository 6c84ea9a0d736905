"""Place songs in two dimensions so that those the same listeners would like lie side by side.

The most played songs are placed by t-SNE (van der Maaten & Hinton, JMLR 2008) from their principal components, which is
also where it begins, so that what lies where at large is what the components say (Kobak & Berens, Nature Communications
2019). Every other song goes right beside the placed one that it is most like: the mean of several lies between groups,
where nothing is like it.
"""

from dataclasses import dataclass

import numpy as np

COMPONENTS = 50  # principal components that t-SNE reads
LEAST_FOR_TSNE = 30  # songs; fewer are placed by their first two components
PERPLEXITY = 30.0
SCATTER = 0.004  # of the map's half width: how far from its likest a song is put that isn't placed itself
BLOCK = 2_000
CHECKED = 3_000  # songs by which the map is judged: it takes all distances between them
CHECKED_NEIGHBOURS = 15


@dataclass(frozen=True)
class Projection:
    """A map.

    `positions` `(songs, 2)` float32 within -1..1; `method` `t-SNE` or `PCA`; `placed` how many songs the method placed
    itself; `trustworthiness` 0–1, how far neighbours on the map are neighbours in truth (Venna & Kaski, ICANN 2001), or
    NaN where there are too few songs to tell.
    """

    positions: np.ndarray
    method: str
    placed: int
    trustworthiness: float


def project(vectors: np.ndarray, played: np.ndarray, most: int, iterations: int, seed: int) -> Projection:
    """Place songs in two dimensions; the same input gives the same map.

    Parameters
    ----------
    vectors
        What songs are like, `(songs, dim)`; only their direction counts.
    played
        How often each was played, `(songs,)`: the most played ones are placed first.
    most
        How many songs t-SNE places at most: its time grows faster than their number.
    iterations
        Steps of t-SNE, well over 250.
    seed
        Scatters the songs that are put beside others, and draws those by which the map is judged.
    """
    from threadpoolctl import threadpool_limits

    # Sums over several threads end in another order each time, and t-SNE makes another map of the last bit.
    with threadpool_limits(limits=1):
        first = np.sort(np.argsort(-played, kind="stable")[:most])
        centre, axes = _principal_axes(unit(vectors[first]))
        components = (unit(vectors[first]) - centre) @ axes
        spread = float(components[:, 0].std()) if components.size else 0.0
        tsne = len(first) >= LEAST_FOR_TSNE and spread > 0
        placed = _tsne(components, iterations, spread) if tsne else _two(components)
        placed = _within_one(placed)
        positions = np.empty((len(vectors), 2), dtype=np.float32)
        positions[first] = placed
        others = np.setdiff1d(np.arange(len(vectors)), first)
        for start in range(0, len(others), BLOCK):
            rows = others[start : start + BLOCK]
            positions[rows] = placed[_likest((unit(vectors[rows]) - centre) @ axes, components)]
        positions[others] += np.random.default_rng(seed).normal(0, SCATTER, (len(others), 2)).astype(np.float32)
        trust = _trustworthiness(vectors, positions, seed)
    return Projection(positions.clip(-1, 1), "t-SNE" if tsne else "PCA", len(first), trust)


def beside(positions: np.ndarray, vectors: np.ndarray, new: np.ndarray, seed: int) -> np.ndarray:
    """Place more songs on a map that is there, each right beside the one that it is most like, `(new songs, 2)`.

    Parameters
    ----------
    positions, vectors
        `(songs, 2)` of the map, and what its songs are like, `(songs, dim)`.
    new
        What the others are like, `(new songs, dim)`.
    """
    known, found = unit(vectors), np.empty((len(new), 2), dtype=np.float32)
    for start in range(0, len(new), BLOCK):
        rows = slice(start, start + BLOCK)
        found[rows] = positions[np.argmax(unit(new[rows]) @ known.T, axis=1)]
    found += np.random.default_rng(seed).normal(0, SCATTER, found.shape).astype(np.float32)
    return found.clip(-1, 1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Make vectors equally long, `(songs, dim)` float32; one without a direction stays 0."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)


def _principal_axes(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean `(dim,)` and the axes `(dim, components)`, each turned so that its largest entry is positive."""
    centre = vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(vectors.shape[1])
    apart = vectors - centre
    _, axes = np.linalg.eigh(apart.T @ apart)
    axes = axes[:, ::-1][:, :COMPONENTS]
    largest = np.abs(axes).argmax(axis=0)
    turned = axes * np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    return centre.astype(np.float32), turned.astype(np.float32)


def _tsne(components: np.ndarray, iterations: int, spread: float) -> np.ndarray:
    from sklearn.manifold import TSNE  # two seconds to import

    begin = (_two(components) / spread * 1e-4).astype(np.float32)
    perplexity = min(PERPLEXITY, (len(components) - 1) / 3)
    tsne = TSNE(init=begin, perplexity=perplexity, max_iter=iterations, random_state=0)
    return np.asarray(tsne.fit_transform(components.astype(np.float32)), dtype=np.float32)


def _two(components: np.ndarray) -> np.ndarray:
    return np.pad(components[:, :2], ((0, 0), (0, max(0, 2 - components.shape[1])))).astype(np.float32)


def _likest(components: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Give for each song the position of the known one that is nearest to it."""
    return np.asarray(np.argmax(components @ known.T - (known**2).sum(1) / 2, axis=1))


def _trustworthiness(vectors: np.ndarray, positions: np.ndarray, seed: int) -> float:
    from sklearn.manifold import trustworthiness

    chosen = np.random.default_rng(seed).permutation(len(vectors))[:CHECKED]
    neighbours = min(CHECKED_NEIGHBOURS, (len(chosen) - 1) // 2)
    if neighbours < 1:
        return float("nan")
    return float(trustworthiness(unit(vectors[chosen]), positions[chosen], n_neighbors=neighbours))


def _within_one(positions: np.ndarray) -> np.ndarray:
    """Bring positions to -1..1, both axes by the same scale."""
    if not len(positions):
        return positions
    low, high = positions.min(axis=0), positions.max(axis=0)
    reach = float((high - low).max()) / 2
    return np.asarray((positions - (low + high) / 2) / (reach or 1.0), dtype=np.float32)
