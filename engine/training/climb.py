"""Look for the best of some values without trying them all."""

from collections.abc import Callable, Sequence


def climb(values: Sequence[float], start: float, reached: Callable[[float], float]) -> float:
    """Go from `start` through ascending values as long as it gets better; gives the best one met."""
    place = values.index(start)
    best = reached(values[place])
    for step in (1, -1):
        moved = False
        while 0 <= place + step < len(values):
            found = reached(values[place + step])
            if found <= best:
                break
            best, place, moved = found, place + step, True
        if moved:
            break
    return values[place]
