"""How much each listener is drawn to each artist: genre, sound, home, language, era and what no column shows."""

import numpy as np

from engine.data.simulate.artists import Artists, Floats, Ints
from engine.data.simulate.countries import COUNTRIES, LANGUAGES
from engine.data.simulate.genres import GENRE_INDEX, GENRES
from engine.data.simulate.listeners import Listeners

# Weights on the scale of log-odds. Together they let taste decide more than popularity, but not alone.
_HOME, _TONGUE, _FOREIGN = 1.2, 1.3, -1.2
_ERA, _ERA_WIDTH = 1.3, 9.0
_HIDDEN, _TIMBRE = 0.5, 0.2
_TRAVELS = (
    "k-pop",
    "reggaeton",
    "bossa nova",
    "classical",
    "ambient",
    "techno",
    "house",
    "electronic",
    "metal",
    "jazz",
)


class ArtistTaste:
    """The table of listeners by artists, made a block of listeners at a time."""

    def __init__(self, listeners: Listeners, artists: Artists, weight: Floats) -> None:
        self.listeners = len(listeners.country)
        self.artists = len(artists.country)
        self._listeners = listeners
        mix = np.zeros((len(GENRES), self.artists))
        column = np.arange(self.artists)
        mix[artists.genre, column] += 0.75
        mix[artists.second_genre, column] += 0.25
        # One table of directions: genre, hidden taste and timbre side by side, (24 + 6 + 7, artists).
        self._artist_side = np.concatenate([mix, _HIDDEN * artists.hidden.T, _TIMBRE * artists.timbre.T])
        self._by_country = _country_pull(artists) + np.log(weight)
        years = np.arange(listeners.youth_year.min(), listeners.youth_year.max() + 1)
        middle = (artists.debut + artists.last_year) / 2
        self._by_youth = _ERA * np.exp(-0.5 * ((middle[None, :] - years[:, None]) / _ERA_WIDTH) ** 2)
        self._youth_row = listeners.youth_year - years[0]

    def cumulative(self, low: int, high: int) -> Floats:
        """Give the cumulative share of the artists for listeners low..high-1, each row raised by its number.

        So the flattened table, (high - low) * artists long, ascends, and one search in it draws an artist for any row.
        """
        rows: Ints = np.arange(low, high)
        of = self._listeners
        listener_side = np.concatenate([of.genre_taste[rows], of.hidden[rows], of.timbre[rows]], axis=1)
        logits = listener_side @ self._artist_side
        logits += self._by_country[of.country[rows]]
        logits += self._by_youth[self._youth_row[rows]]
        logits -= logits.max(axis=1, keepdims=True)
        table = np.cumsum(np.exp(logits, out=logits), axis=1, out=logits)
        table /= table[:, -1:].copy()
        table += (rows - low)[:, None]
        return table


def _country_pull(artists: Artists) -> Floats:
    """Give the pull of home and language, shape (countries, artists)."""
    spoken = np.zeros((len(COUNTRIES), len(LANGUAGES)), dtype=bool)
    for row, country in enumerate(COUNTRIES):
        for language in country.languages:
            spoken[row, LANGUAGES.index(language)] = country.languages[language] >= 0.2
    speaks = spoken[:, artists.language]
    at_home = np.arange(len(COUNTRIES))[:, None] == artists.country[None, :]
    english = artists.language == LANGUAGES.index("en")
    travels = np.isin(artists.genre, [GENRE_INDEX[name] for name in _TRAVELS])
    foreign = ~speaks & ~(english | travels)[None, :]
    return _HOME * at_home + _TONGUE * (speaks & ~english[None, :]) + _FOREIGN * foreign
