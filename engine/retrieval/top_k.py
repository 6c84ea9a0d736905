"""The k best of many rows of scores at once, compiled: what a batch spends its time on beside the matrix product."""

import numpy as np

from engine.search.compiled import compiled


def top_k_of_rows(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the k highest scores of each row, best first, equal ones by position.

    Parameters
    ----------
    scores
        `(rows, songs)` float32; -inf for what is not to be found.

    Returns
    -------
    positions, values
        `(rows, k)` int32 and float32, k no more than there are songs; -1 and -inf where nothing more is to be found.
    """
    k = min(k, scores.shape[1])
    positions = np.full((len(scores), k), -1, dtype=np.int32)
    values = np.full((len(scores), k), -np.inf, dtype=np.float32)
    if k > 0:
        _top_k(np.ascontiguousarray(scores, dtype=np.float32), positions, values)
    return positions, values


@compiled
def _top_k(scores: np.ndarray, positions: np.ndarray, values: np.ndarray) -> None:
    """Keep the best of each row in a heap whose top is the worst: most songs cost one comparison with it.

    In one function, since numba looks at no other file to tell whether what it kept is still right.
    """
    k = positions.shape[1]
    for row in range(scores.shape[0]):
        of_row, heap, at = scores[row], values[row], positions[row]
        filled = 0
        worst = np.float32(-np.inf)
        for song in range(of_row.shape[0]):
            score = of_row[song]
            if not score > worst:  # an equal one comes later; nor is what is left out to be found, or NaN
                continue
            if filled < k:
                place = filled
                filled += 1
                while place > 0:  # up, past what is better; of equal scores the later song is the worse
                    parent = (place - 1) >> 1
                    if heap[parent] < score:
                        break
                    heap[place], at[place] = heap[parent], at[parent]
                    place = parent
            else:
                place = 0
                while True:  # down from the top, past what is worse
                    child = 2 * place + 1
                    if child >= k:
                        break
                    other = child + 1
                    if other < k and (
                        heap[other] < heap[child] or (heap[other] == heap[child] and at[other] > at[child])
                    ):
                        child = other
                    if heap[child] >= score:  # an equal one that came before is better
                        break
                    heap[place], at[place] = heap[child], at[child]
                    place = child
            heap[place], at[place] = score, song
            if filled == k:
                worst = heap[0]
        for last in range(filled - 1, 0, -1):  # the worst to the end, again and again
            score, song = heap[last], at[last]
            heap[last], at[last] = heap[0], at[0]
            place = 0
            while True:
                child = 2 * place + 1
                if child >= last:
                    break
                other = child + 1
                if other < last and (
                    heap[other] < heap[child] or (heap[other] == heap[child] and at[other] > at[child])
                ):
                    child = other
                if heap[child] > score or (heap[child] == score and at[child] < song):
                    break
                heap[place], at[place] = heap[child], at[child]
                place = child
            heap[place], at[place] = score, song
