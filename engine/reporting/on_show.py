"""What is on show on a page, in words; `view` makes a report of it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A view of a page: `chosen` says in sentences by what it was narrowed, `says` what it shows."""

    title: str
    chosen: Sequence[str]
    says: str
