"""The catalogues of the search benchmark: real songs, and a hard million aimed at the queries."""

import csv
import gzip
import random
import re
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.search_queries import Song

_PLACES = ["Wembley", "Montreux", "the Apollo", "Red Rocks", "Tokyo", "Köln", "the BBC", "Paradiso"]
_NAMES = ["Kestrel", "DJ Marlo", "Nightbus", "Ovid", "Paloma K", "The Understudies", "Sunday Choir", "Tin Orchard"]
_SINGERS = ["Karaoke All Stars", "The Tribute Band", "Sing It Back", "Lullaby Players", "Piano Covers Club"]
_VERSIONS = (
    "{t} (Live)", "{t} - Live at {p}", "{t} - Remastered {y}", "{t} (Remastered)", "{t} - {y} Remaster",
    "{t} (Acoustic)",
    "{t} - Radio Edit", "{t} ({n} Remix)", "{t} - {n} Remix", "{t} (Instrumental)", "{t} - Demo", "{t} (Extended Mix)",
    "{t} (Sped Up)", "{t} (Reprise)", "{t} - Single Version", "{t} (feat. {n})", "{t} - Mono", "{t} (Deluxe Edition)",
)  # fmt: skip
_SEQUELS = ("{t} 2", "{t} II", "{t} Part 2", "{t}, Pt. 2", "{t} (Part II)", "{t} 3", "{t} III", "{t} Again", "More {t}")
_COVERS = ("{t}", "{t}", "{t} (Cover)", "{t} (Originally Performed by {a})", "{t} - Karaoke Version", "{t} (Tribute)")
_ARTISTS = ("The {a}", "{a} Band", "{a} Jr.", "{a} & {n}", "{a} Trio", "{a}s", "Young {a}", "{a} feat. {n}")
AIMED = 40  # songs made against each song that is asked for


def read_songs(folder: Path) -> list[Song]:
    """Read the real titles with their artists."""
    with gzip.open(folder / "song_titles_artists.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [(row["title"], row["artist"]) for row in csv.DictReader(file)]


def read_misspellings(folder: Path) -> dict[str, list[str]]:
    """Read what people typed for a word, for words of four letters and more."""
    found: dict[str, list[str]] = defaultdict(list)
    with gzip.open(folder / "human_misspellings.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if len(row["correct"]) > 3 and row["error"].lower() != row["correct"].lower():
                found[row["correct"].lower()].append(row["error"].lower())
    return dict(found)


def hard_catalogue(songs: list[Song], meant: list[int], size: int, seed: int) -> list[Song]:
    """Add songs that are easily taken for others, most of them for those that are asked for, up to `size`.

    The real songs keep their positions. Nothing made equals a real song.
    """
    draw = random.Random(f"{seed} catalogue")
    words = Counter(word for title, _ in songs for word in re.findall(r"[A-Za-z']{3,}", title))
    vocabulary = [word for word, count in words.items() if count > 2] or list(words) or ["Song"]
    near = _near_words(vocabulary)
    artists = [artist for _, artist in songs]
    have, made = set(songs), []

    def aim(song: Song, count: int) -> None:
        for _ in range(count):
            new = _mistakable(song, draw, vocabulary, near, artists)
            if new not in have and len(songs) + len(made) < size:
                have.add(new)
                made.append(new)

    for song in dict.fromkeys(meant):
        aim(songs[song], AIMED)
    while len(songs) + len(made) < size:
        aim(draw.choice(songs), 6)
    return songs + made


def _mistakable(
    song: Song, draw: random.Random, vocabulary: list[str], near: dict[str, list[str]], artists: list[str]
) -> Song:
    title, artist = song
    fill = {
        "t": title,
        "a": artist,
        "p": draw.choice(_PLACES),
        "n": draw.choice(_NAMES),
        "y": str(draw.randint(1985, 2024)),
    }
    kind = draw.random()
    if kind < 0.30:
        return _filled(draw.choice(_VERSIONS), fill), artist
    if kind < 0.40:
        return _filled(draw.choice(_SEQUELS), fill), artist
    if kind < 0.60:
        return _filled(draw.choice(_COVERS), fill), draw.choice((draw.choice(artists), draw.choice(_SINGERS)))
    if kind < 0.70:
        return title, _filled(draw.choice(_ARTISTS), fill)
    other = artist if draw.random() < 0.5 else draw.choice(artists)
    words = title.split() or [title]
    place = draw.randrange(len(words))
    change = draw.randrange(4)
    if change == 0 and len(words) > 1:
        del words[place]
    elif change == 1:
        words.insert(place, draw.choice(vocabulary))
    elif change == 2 and other != artist:
        words[place] = draw.choice(near.get(words[place]) or vocabulary)
    else:
        words[place] = draw.choice(vocabulary)
    return " ".join(words), other


def _filled(form: str, fill: dict[str, str]) -> str:
    for letter, text in fill.items():
        form = form.replace("{" + letter + "}", text.replace("{", "("))
    return form


def _near_words(vocabulary: list[str]) -> dict[str, list[str]]:
    """Give for each word those in which one letter is another."""
    by_form: dict[str, list[str]] = defaultdict(list)
    for word in vocabulary:
        for i in range(len(word)):
            by_form[word[:i] + "*" + word[i + 1 :]].append(word)
    near: dict[str, list[str]] = defaultdict(list)
    for group in by_form.values():
        for word in group[:50]:
            near[word] += [other for other in group[:50] if other != word]
    return near
