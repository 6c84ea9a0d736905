"""What the map shows, in words: which genres keep to themselves, which mingle, and what is drawn."""

import pandas as pd

from engine.reporting.words import count, listed

LEAST_SHARE = 0.02  # of the neighbours; less is hardly mingling
LEAST_TIMES = 1.5  # what chance would give


def finding(mingling: pd.DataFrame) -> str:
    """Say which genre keeps most to itself, which least, and which two mingle most; "" where nothing can be said."""
    own = mingling[mingling["genre"] == mingling["other"]].sort_values("share", ascending=False, kind="stable")
    if own.empty:
        return ""
    most, least = own.iloc[0], own.iloc[-1]
    says = [
        f"Of the 15 songs most like {_one(most['genre'])}, {most['share']:.0%} are {most['genre']} too, where chance "
        f"would give {_small(most['chance'])}"
    ]
    if len(own) > 1:
        says.append(f"{least['genre']} keeps least to itself: {least['share']:.0%} against {_small(least['chance'])}")
    pair = mingling_pair(mingling)
    if pair is not None:
        times = pair["share"] / pair["chance"]
        says.append(
            f"{pair['genre']} and {pair['other']} mingle most: {pair['share']:.0%} of what is like "
            f"{_one(pair['genre'])} is {pair['other']}, {times:.1f} times what chance gives"
        )
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in says) + "."


def mingling_pair(mingling: pd.DataFrame) -> pd.Series | None:
    """Give the pair of genres that are each other's neighbours most beyond chance; None where none are."""
    others = mingling[(mingling["genre"] != mingling["other"]) & (mingling["share"] >= LEAST_SHARE)]
    times = others["share"] / others["chance"].clip(lower=1e-9)
    if others.empty or times.max() < LEAST_TIMES:
        return None
    return others.loc[times.idxmax()]


def by_genre(mingling: pd.DataFrame) -> pd.DataFrame:
    """Give a row a genre: how much it keeps to itself, beside chance, and what else is most often near it."""
    rows = []
    for genre, part in mingling.groupby("genre", sort=False):
        own, others = part[part["other"] == genre].iloc[0], part[part["other"] != genre]
        times = others["share"] / others["chance"].clip(lower=1e-9)
        near = others.loc[times.idxmax()] if len(others) and times.max() >= 1 else None
        rows.append(
            {
                "Genre": genre,
                "Songs": int(own["songs"]),
                "Its own": own["share"],
                "By chance": own["chance"],
                "Also near": None if near is None else f"{near['other']} ({near['share']:.0%})",
            }
        )
    columns = ["Genre", "Songs", "Its own", "By chance", "Also near"]
    return pd.DataFrame(rows, columns=columns).sort_values("Its own", ascending=False, ignore_index=True)


def drawn(shown: int, wanted: int, songs: int) -> str:
    """Say how many of how many songs are drawn."""
    which = "" if wanted == songs else " of these genres"
    if shown == wanted:
        return f"All {count(wanted)} songs{which} are drawn." if wanted != 1 else f"The only song{which} is drawn."
    return f"Drawn are the {count(shown)} most played of {count(wanted)} songs{which}; an area lists all in it."


def genres_inside(genres: list[str], most: int = 3) -> str:
    """Say which genres songs are of, such as "42 % rock, 20 % pop and 8 % soul"; "" where none is known."""
    counts = pd.Series([name for name in genres if name], dtype="object").value_counts()
    return listed([f"{n / len(genres):.0%} {name}".replace("%", " %") for name, n in counts.head(most).items()])


def how_drawn(about: dict[str, object]) -> str:
    """Say how the map was made and how far it can be trusted."""
    says = f"Drawn by {about.get('method', 'projection')} from what the model knows of each song."
    trust = about.get("trustworthiness")
    if isinstance(trust, float):
        says += f" Trustworthiness {trust:.2f} of 1: how far neighbours here are neighbours in truth."
    return f"{says} What lies near is alike; how far apart the distant lie means little."


def _one(genre: str) -> str:
    """Name a song of a genre: a rock song, an indie song."""
    return f"{'an' if genre.startswith(('a', 'e', 'i', 'o', 'u', '8', 'r&b')) else 'a'} {genre} song"


def _small(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"
