"""What ranking charges for each way a query may differ from a song, in typing errors."""

from typing import NamedTuple

SMALL_WORDS = frozenset(
    "the a an and of in on to feat with de la el le les los las der die das o os".split()  # noqa: SIM905
)
# What people type beside a song when they look for a recording of it.
NOISE_WORDS = frozenset(
    "official video videos music lyric lyrics audio hd hq mp3 song songs full youtube download free by".split()  # noqa: SIM905
)


class Costs(NamedTuple):
    """Departures from "title artist" typed in full; one letter wrong, missing, extra or swapped costs 1.

    A fraction of an error only decides between songs whose spelling fits about as well.
    """

    title_only: float = 0.2
    artist_only: float = 0.3
    shared_title: float = 0.08  # less of that for each doubling of the songs that carry the title ...
    shared_artist: float = 0.05  # ... or the artist
    least_alone: float = -0.4
    short: float = 0.45  # more for an artist alone or a beginning of up to four letters, which are often a title
    lead: float = 0.05  # guests of the artist left out
    next_of_artist: float = 0.03  # for each song of the same artist before it, so that one name's titles mix in
    artist_first: float = 0.1
    begun: float = 0.45  # the query is the beginning of what was meant ...
    begun_rest: float = 0.4  # ... and much of it is still to come
    scattered: float = 0.35  # words shuffled or left out
    title_word: float = 0.45  # a title word left out
    artist_word: float = 0.25
    small_word: float = 0.1
    tail_word: float = 0.06  # a word of a bracket, tail or guest
    no_title: float = 0.5
    no_artist: float = 0.2
    extra_word: float = 1.2  # a word that the song lacks ...
    extra_letter: float = 0.45  # ... and each of its letters
    noise_word: float = 0.2
    begun_word: float = 0.25
    sound_share: float = 0.35  # share of the distance measured between sound keys
    space: float = 0.08
    script: float = 0.5
    number: float = 0.15  # "two" for "2"
    popular: float = 0.12
    popular_unfinished: float = 0.25  # what is begun or incomplete may be many songs: fame says more
    # unasked versions, by kind: plain, feat, other, remaster, edit, live, remix, part, cover
    version: tuple[float, ...] = (0.0, 0.05, 0.2, 0.2, 0.25, 0.35, 0.4, 0.5, 0.9)


COSTS = Costs()
