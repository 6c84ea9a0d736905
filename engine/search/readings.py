"""The texts that a query may stand for, when one song is meant, and what each costs beforehand."""

from dataclasses import dataclass

import numpy as np

from engine.search.costs import Costs

TITLE, ARTIST, BOTH = range(3)  # what a reading says was typed


@dataclass(frozen=True)
class Names:
    """Normalised texts of a few songs, each list (songs,).

    Parameters
    ----------
    titles, artists
        In full.
    mains, leads
        Titles without brackets and tails, artists without guests; "" where nothing is left out.
    """

    titles: list[str]
    artists: list[str]
    mains: list[str]
    leads: list[str]

    @classmethod
    def of(cls, lines: list[str]) -> "Names":
        """Read songs from their four texts, a line each."""
        return cls(*map(list, zip(*(song.split("\n") for song in lines), strict=True)))

    def at(self, places: list[int]) -> "Names":
        """Give the songs at `places`."""
        columns = (self.titles, self.artists, self.mains, self.leads)
        return Names(*([column[i] for i in places] for column in columns))

    def part(self, letter: str, song: int) -> str:
        """Give a song's title, artist, main title or lead artist by its first letter: t, a, m or l."""
        if letter == "t" or letter == "m":
            return (self.mains[song] if letter == "m" else "") or self.titles[song]
        return (self.leads[song] if letter == "l" else "") or self.artists[song]


@dataclass(frozen=True)
class Standing:
    """What costs depend on besides the texts, each float64 (songs,).

    Parameters
    ----------
    unasked
        Cost of the song's kind of version when the query does not ask for it.
    title_alone, artist_alone
        Cost of typing only the title, or only the artist.
    """

    unasked: np.ndarray
    title_alone: np.ndarray
    artist_alone: np.ndarray


class Readings:
    """Space-free texts with their owner (a place in `Names`), cost beforehand and field, in blocks of one form.

    A form names the parts in order: "ta" is title and artist, "l" the lead artist alone; "" is a beginning.
    """

    def __init__(self, names: Names, standing: Standing, letters: int, costs: Costs) -> None:
        self.texts: list[str] = []
        self._owners: list[np.ndarray] = []
        self._costs: list[np.ndarray] = []
        self._blocks: list[tuple[int, str, int]] = []  # how many, form, field
        everyone = np.arange(len(names.titles))
        titles, artists = _solid(names.titles), _solid(names.artists)
        both = [title + artist for title, artist in zip(titles, artists, strict=True)]
        turned = [artist + title for title, artist in zip(titles, artists, strict=True)]
        title_alone, artist_alone = standing.title_alone, standing.artist_alone
        if "" in titles or "" in artists:  # what is all that a song has costs nothing to type alone
            title_alone = np.where([artist != "" for artist in artists], title_alone, 0.0)
            artist_alone = np.where([title != "" for title in titles], artist_alone, 0.0)
        self._add(titles, everyone, title_alone, "t", TITLE)
        self._add(artists, everyone, artist_alone + 0.5 * standing.unasked, "a", ARTIST)
        self._add(both, everyone, np.zeros(len(both)), "ta", BOTH)
        self._add(turned, everyone, np.full(len(both), costs.artist_first), "at", BOTH)
        self._add_beginnings(titles, both, TITLE, standing.unasked, letters, costs)
        self._add_beginnings(artists, turned, ARTIST, standing.unasked, letters, costs)
        some = [i for i, (main, lead) in enumerate(zip(names.mains, names.leads, strict=True)) if main or lead]
        if some:
            mains = _solid([names.mains[i] or names.titles[i] for i in some])
            leads = _solid([names.leads[i] or names.artists[i] for i in some])
            at, unasked = everyone[some], standing.unasked[some]
            both = [main + lead for main, lead in zip(mains, leads, strict=True)]
            turned = [lead + main for main, lead in zip(mains, leads, strict=True)]
            self._add(mains, at, unasked + title_alone[at], "m", TITLE)
            self._add(leads, at, 0.5 * unasked + artist_alone[at], "l", ARTIST)
            self._add(both, at, unasked, "ml", BOTH)
            self._add(turned, at, unasked + costs.artist_first, "lm", BOTH)
        self.owners = np.concatenate(self._owners)
        self.costs = np.concatenate(self._costs)
        self._last = np.cumsum([count for count, _, _ in self._blocks])

    def _add(self, texts: list[str], owners: np.ndarray, cost: np.ndarray, form: str, field: int) -> None:
        self.texts += texts
        self._owners.append(owners)
        self._costs.append(cost)
        self._blocks.append((len(texts), form, field))

    def _add_beginnings(
        self, first: list[str], texts: list[str], field: int, unasked: np.ndarray, letters: int, costs: Costs
    ) -> None:
        """Read the query as the beginning of `texts`; what is to come counts to the end of the part begun.

        A query that stays within the `first` part is of that `field`; one that goes beyond it is of both.
        """
        inside = [i for i, text in enumerate(first) if len(text) > letters]
        beyond = [i for i, text in enumerate(texts) if len(text) > letters >= len(first[i])]
        for some, ends, what in ((inside, first, field), (beyond, texts, BOTH)):
            at = np.array(some, dtype=np.int64)
            rest = np.array([len(ends[i]) for i in some], dtype=np.float64) - letters
            cost = costs.begun + costs.begun_rest * (1 - np.exp(-rest / 12)) + unasked[at]
            self._add([texts[i][:letters] for i in some], at, cost, "", what)

    def cheapest(self, cost: np.ndarray) -> np.ndarray:
        """Give each song's cheapest reading."""
        order = np.argsort(cost, kind="stable")[::-1]
        best = np.zeros(self._blocks[0][0], dtype=np.int64)
        best[self.owners[order]] = order  # the last one written is the cheapest
        return best

    def fields(self, chosen: np.ndarray) -> np.ndarray:
        """Give what each of the chosen readings says was typed."""
        return np.array([field for _, _, field in self._blocks])[self._block(chosen)]

    def begun(self, chosen: np.ndarray) -> np.ndarray:
        """Tell which of the chosen readings are beginnings."""
        return np.array([form == "" for _, form, _ in self._blocks])[self._block(chosen)]

    def _block(self, chosen: np.ndarray) -> np.ndarray:
        return np.searchsorted(self._last, chosen, side="right")

    def spaced(self, chosen: np.ndarray, names: Names) -> list[str]:
        """Give readings as they are written with spaces; "" for a beginning."""
        return [
            " ".join(filter(None, (names.part(letter, song) for letter in self._blocks[block][1])))
            for block, song in zip(self._block(chosen).tolist(), self.owners[chosen].tolist(), strict=True)
        ]


def _solid(texts: list[str]) -> list[str]:
    return "\n".join(texts).replace(" ", "").split("\n")
