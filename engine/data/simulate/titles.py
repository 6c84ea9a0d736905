"""Invented song titles: plain ones, versions of them, covers and guests.

No two songs share both title and artist, and few share a title.
"""

from collections.abc import Sequence

from engine.data.simulate.artists import Artists, Ints
from engine.data.simulate.countries import LANGUAGES
from engine.data.simulate.genres import GENRE_NAMES
from engine.data.simulate.grammar import Dice, capitalise, expand
from engine.data.simulate.languages import LANGUAGE_OF
from engine.data.simulate.names import DANCE_GENRES, styled
from engine.data.simulate.songs import Kind, Songs, naming_order
from engine.data.simulate.sound import KEYS
from engine.data.simulate.words_english import WORLDWIDE_TITLES, WORLDWIDE_WORDS

# How often a title takes the tone of its genre, where the genre has one.
_GENRE_TONE = {
    "classical": 0.93,
    "ambient": 0.45,
    "techno": 0.5,
    "house": 0.35,
    "metal": 0.55,
    "hip hop": 0.4,
    "country": 0.35,
}
_ACOUSTIC = {
    "es": "(Acústica)",
    "pt": "(Acústico)",
    "fr": "(Version acoustique)",
    "de": "(Akustik)",
    "tr": "(Akustik)",
    "pl": "(Akustycznie)",
    "sv": "(Akustisk)",
    "ru": "(Акустика)",
    "ko": "(Acoustic Ver.)",
}
_TRIES = 12


def name_songs(artists: Artists, songs: Songs, names: Sequence[str], key: Ints, mode: Ints, dice: Dice) -> list[str]:
    """Invent a title for each song; a version bears its parent's title and a cover that of the song it covers."""
    bare, full = [""] * len(key), [""] * len(key)
    # Titles in use, and titles in use by each artist, whatever their case.
    known: set[str] = set()
    taken: set[tuple[int, str]] = set()
    style = [dice.roll() for _ in names]
    genre_of = artists.genre.tolist()
    remixers = [name for name, genre in zip(names, genre_of, strict=True) if GENRE_NAMES[genre] in DANCE_GENRES]
    kind, parent, cover, guest = (column.tolist() for column in (songs.kind, songs.parent, songs.cover_of, songs.guest))
    owner, main, years = songs.artist.tolist(), songs.genres[:, 0].tolist(), songs.year.tolist()
    tonic = [f"{KEYS[k]} {('Minor', 'Major')[m]}" for k, m in zip(key.tolist(), mode.tolist(), strict=True)]
    for row in naming_order(songs).tolist():
        artist, above = owner[row], parent[row]
        code = LANGUAGES[artists.language[artist]]
        for attempt in range(_TRIES):
            if above >= 0:
                bare[row] = bare[above]
                title = bare[row] + _version(Kind(kind[row]), code, years[above], remixers or ["Club"], dice)
            elif cover[row] >= 0 and attempt == 0:
                title = bare[row] = bare[cover[row]]
            else:
                plain = _title(code, GENRE_NAMES[main[row]], tonic[row], dice)
                title = bare[row] = styled(plain, code, style[artist])
                if title.casefold() in known:
                    continue
            if (artist, title.casefold()) not in taken:
                break
        unique, number = title, 2
        while (artist, unique.casefold()) in taken:
            unique = f"{title}, Pt. {number}"
            number += 1
        known.add(bare[row].casefold())
        taken.add((artist, unique.casefold()))
        full[row] = unique + (_with_guest(names[guest[row]], dice) if guest[row] >= 0 else "")
    return full


def _title(code: str, genre: str, tonic: str, dice: Dice) -> str:
    language = LANGUAGE_OF[code]
    toned = dice.roll() < _GENRE_TONE.get(genre, 0)
    if toned and genre in WORLDWIDE_TITLES:
        text = expand(dice.pick(WORLDWIDE_TITLES[genre]), {**WORLDWIDE_WORDS, "key": (tonic,)}, dice)
        return capitalise(text, headline=False)
    templates = language.flavours[genre] if toned and genre in language.flavours else language.titles
    return capitalise(expand(dice.pick(templates), language.words, dice), language.headline, turkish=code == "tr")


def _version(kind: Kind, code: str, year: int, dance: Sequence[str], dice: Dice) -> str:
    """Give the suffix that names a version, as record shops print it; `year` is that of the plain song."""
    if kind is Kind.LIVE:
        return f" {dice.pick(LANGUAGE_OF[code].live)}"
    if kind is Kind.REMASTER:
        when = dice.number(max(year + 12, 1998), 2022)
        return dice.pick((f" - Remastered {when}", f" - {when} Remaster", f" (Remastered {when})", " - Remastered"))
    if kind is Kind.ACOUSTIC:
        if code in _ACOUSTIC and dice.roll() < 0.5:
            return f" {_ACOUSTIC[code]}"
        return dice.pick((" (Acoustic)", " (Acoustic)", " - Acoustic", " (Acoustic Version)", " (Stripped)"))
    if kind is Kind.REMIX:
        by = dice.pick(dance)
        return dice.pick((f" ({by} Remix)", f" ({by} Remix)", f" - {by} Remix", f" ({by} Edit)", " (Extended Mix)"))
    if kind is Kind.REPRISE:
        return " (Reprise)"
    if kind is Kind.PART_TWO:
        return dice.pick((", Pt. II", " Pt. 2", " (Part II)", " II"))
    return dice.pick((" (Demo)", f" (Demo {year})", " (Instrumental)", " (Radio Edit)", " (Alternate Take)"))


def _with_guest(guest: str, dice: Dice) -> str:
    return dice.pick(
        (f" (feat. {guest})", f" (feat. {guest})", f" feat. {guest}", f" (with {guest})", f" (ft. {guest})")
    )
