"""What stands beside a recommended song, as HTML made of numbers alone: its rank, how it moved, how likely it is.

One element for what would else be three, each of which costs server and browser some milliseconds; the style sheet puts
its parts before and after the song.
"""

import math
from dataclasses import dataclass
from html import escape

from engine.ui import moves
from engine.ui.moves import Move


@dataclass(frozen=True)
class Marks:
    """The marks of one song.

    `rank` from 1; `share` the length of the bar, 0–1; `probability` is written above it, NaN where there is none;
    `moved` says how the song stood elsewhere, None where nothing is compared.
    """

    rank: int
    share: float
    probability: float
    moved: Move | None = None

    def html(self) -> str:
        """Write them; nothing in it comes from data but numbers."""
        place = f'<span class="rank">{self.rank:d}{"" if self.moved is None else moves.mark(self.moved)}</span>'
        bar = f'<span class="bar"><span style="width:{100 * self.share:.1f}%"></span></span>'
        return f'{place}<span class="worth">{escape(chance(self.probability))}{bar}</span>'


def chance(probability: float) -> str:
    """Write a probability as people read one, never as certain; empty where there is none."""
    if math.isnan(probability):
        return ""
    return "<1 %" if probability < 0.01 else ">99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")
