"""Re-rank candidates without asking the model again."""

import numpy as np


def diversify(vectors: np.ndarray, scores: np.ndarray, k: int, diversity: float) -> np.ndarray:
    """Choose k candidates by maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998).

    Parameters
    ----------
    vectors
        Candidates' vectors without bias, `(candidates, dim)`.
    scores
        Their scores, `(candidates,)`, any scale: they are brought to 0..1 first.
    k
        How many to choose.
    diversity
        0 keeps the order of the scores, 1 looks at nothing but difference.

    Returns
    -------
    order
        Positions among the candidates, the first choice first.
    """
    k = min(k, len(scores))
    if diversity <= 0 or k < 2:
        return np.argsort(-scores, kind="stable")[:k]
    low, high = float(scores.min()), float(scores.max())
    relevance = (scores - low) / max(high - low, 1e-9)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    closest = np.full(len(scores), -1.0)
    chosen = [int(np.argmax(relevance))]
    while len(chosen) < k:
        closest = np.maximum(closest, unit @ unit[chosen[-1]])
        worth = (1 - diversity) * relevance - diversity * closest
        worth[chosen] = -np.inf
        chosen.append(int(np.argmax(worth)))
    return np.array(chosen)
