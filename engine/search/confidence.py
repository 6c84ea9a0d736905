"""How sure an answer is: what it cost, beside what a query of that length may cost.

Random letters, invented words and dictionary words thrown together cost more than `MOST_COST + MOST_SHARE` for
each letter; the songs that people mistyped cost less. Both were measured by `benchmarks/search.py`.
"""

import math

SURE = 0.5  # below it an answer is only the nearest, not what was meant
MOST_COST = 0.8
MOST_SHARE = 0.14  # for each letter of the query
_STEEP = 6.0


def confidence(cost: float, letters: int) -> float:
    """Give 0..1 for an answer of that cost to a query of that many letters; `SURE` is the border."""
    beyond = max(cost, 0.0) / (MOST_COST + MOST_SHARE * letters) - 1.0
    return 1.0 / (1.0 + math.exp(min(_STEEP * beyond, 50.0)))
