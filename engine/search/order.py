"""Sort a few numbers inside compiled code: numba's own sorts take seconds to compile, each anew."""

import numpy as np

from engine.search.compiled import compiled


@compiled
def order_of(values: np.ndarray) -> np.ndarray:
    """Give the places of float64 values, the smallest first and equal ones as they stand: int64, (values,)."""
    count = len(values)
    order, other = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for i in range(count):
        order[i] = i
    width = 1
    while width < count:  # merge neighbours, twice as many at a time
        for begin in range(0, count, 2 * width):
            middle, end = min(begin + width, count), min(begin + 2 * width, count)
            left, right = begin, middle
            for place in range(begin, end):
                if left < middle and (right == end or values[order[left]] <= values[order[right]]):
                    other[place] = order[left]
                    left += 1
                else:
                    other[place] = order[right]
                    right += 1
        order, other = other, order
        width *= 2
    return order
