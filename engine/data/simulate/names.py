"""Invented artists: singers, bands, producers and ensembles named as in their country. Nobody real is meant."""

from engine.data.simulate.artists import Artists
from engine.data.simulate.countries import COUNTRIES, LANGUAGES, Country
from engine.data.simulate.genres import GENRE_NAMES, GENRES
from engine.data.simulate.grammar import Dice, capitalise, expand
from engine.data.simulate.languages import LANGUAGE_OF
from engine.data.simulate.words_english import (
    ENGLISH,
    ENSEMBLES,
    PRODUCER_NAMES,
    STAGE_NAMES,
    STAGE_WORDS,
    WEST_AFRICAN_NAMES,
)

DANCE_GENRES = ("electronic", "house", "techno")
_TRIES = 12


def name_artists(artists: Artists, dice: Dice) -> list[str]:
    """Invent a name for each artist, all different."""
    names: list[str] = []
    taken: set[str] = set()
    columns = (artists.country, artists.language, artists.genre)
    for home, code, genre in zip(*(column.tolist() for column in columns), strict=True):
        for _ in range(_TRIES):
            name = _artist(COUNTRIES[home], LANGUAGES[code], genre, dice)
            if name.casefold() not in taken:
                break
        number = 2
        unique = name
        while unique.casefold() in taken:
            unique = f"{name} {number}"
            number += 1
        taken.add(unique.casefold())
        names.append(unique)
    return names


def _artist(home: Country, code: str, genre: int, dice: Dice) -> str:
    act = dice.pick(GENRES[genre].acts)
    mother_tongue = next(iter(home.languages))
    # Who sings in English still bears the name that their parents gave them; a band may choose.
    if code == "en" and (act != "b" or not LANGUAGE_OF[mother_tongue].latin):
        code = mother_tongue
    language = LANGUAGE_OF[code]
    people = language.words
    if home.name in ("Nigeria", "Ghana") and dice.roll() < 0.85:
        people = {**people, **WEST_AFRICAN_NAMES}
    given = people["gf"] if dice.roll() < 0.45 else people["gm"]
    if act == "t" and (language.latin or dice.roll() < 0.5):
        # Stage names are in Latin letters the world over.
        words = {**ENGLISH.words, **STAGE_WORDS, "given": given if language.latin else ENGLISH.words["mono"]}
        stage = PRODUCER_NAMES if GENRE_NAMES[genre] in (*DANCE_GENRES, "ambient") else STAGE_NAMES
        name = expand(dice.pick(stage), words, dice)
    elif act == "e" and language.latin and "s" in language.words:
        name = expand(dice.pick(ENSEMBLES), {**people, "given": given}, dice)
    elif act == "b" and code == "en" and GENRE_NAMES[genre] == "metal" and dice.roll() < 0.6:
        name = expand(dice.pick(language.flavours["metal act"]), language.words, dice)
    else:
        templates = language.bands if act in "bt" else language.people
        name = expand(dice.pick(templates), people, dice)
    name = capitalise(name, language.headline, turkish=code == "tr")
    return styled(name, code, dice.roll() if act in "bt" else 1.0)


def styled(text: str, code: str, draw: float) -> str:
    """Write in capitals or small letters as some artists do; Turkish letters don't survive it in Python."""
    if not LANGUAGE_OF[code].latin or code == "tr":
        return text
    if draw < 0.03:
        return text.upper()
    return text.lower() if draw < 0.07 else text
