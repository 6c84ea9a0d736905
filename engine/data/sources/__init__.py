"""The registry of sources: small readers that yield users, songs and plays.

A source is one file in this folder with a `read(path) -> RawTables`; adding one is an entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.data.raw import RawTables
from engine.data.sources import hetrec, kkbox, lastfm_1k, lastfm_360k, msd, o3, simulated, tables
from engine.errors import DataError


@dataclass(frozen=True)
class Source:
    """A format that can be read.

    `about` says in one line what `path` has to be, `where` where to get the data, `terms` what they may be used for.
    """

    name: str
    read: Callable[[Path], RawTables]
    about: str
    where: str
    terms: str


SOURCES = {
    source.name: source
    for source in (
        Source(
            "tables",
            tables.read,
            "a folder with songs, plays and, if known, users as .csv, .csv.gz or .parquet",
            where="your own data",
            terms="yours",
        ),
        Source(
            "o3",
            o3.read,
            "the original project's flat file, a row a user and track: .csv, .csv.gz or .parquet, or a folder of them",
            where="the original project's own file",
            terms="its owner's",
        ),
        Source(
            "hetrec",
            hetrec.read,
            "HetRec 2011 Last.fm as published: the zip or its folder of .dat files",
            where="https://grouplens.org/datasets/hetrec-2011/",
            terms="non-commercial research; cite the HetRec 2011 workshop and Last.fm",
        ),
        Source(
            "lastfm-1k",
            lastfm_1k.read,
            f"Last.fm-1K as published: the unpacked folder with {lastfm_1k.PLAYS} and {lastfm_1k.PROFILES}",
            where="http://ocelma.net/MusicRecommendationDataset/lastfm-1K.html",
            terms="non-commercial use, by permission of Last.fm",
        ),
        Source(
            "lastfm-360k",
            lastfm_360k.read,
            f"Last.fm-360K as published: the unpacked folder with {lastfm_360k.PLAYS} and {lastfm_360k.PROFILES}",
            where="http://ocelma.net/MusicRecommendationDataset/lastfm-360K.html",
            terms="non-commercial use, by permission of Last.fm",
        ),
        Source(
            "msd",
            msd.read,
            f"the Echo Nest taste profile: a folder with {msd.TRIPLETS} and {msd.INDEX}, a table of tracks or both",
            where="http://millionsongdataset.com/tasteprofile/",
            terms="non-commercial research; cite the Million Song Dataset",
        ),
        Source(
            "kkbox",
            kkbox.read,
            "the WSDM Cup 2018 challenge: a folder with train.csv, songs.csv, song_extra_info.csv and members.csv",
            where="https://www.kaggle.com/c/kkbox-music-recommendation-challenge",
            terms="the competition's rules: non-commercial and academic use",
        ),
        Source(
            "simulated",
            simulated.read,
            "a world written by `simulate`",
            where="`python -m engine simulate --out DIR`",
            terms="invented, free to use",
        ),
    )
}


def read_source(name: str, path: Path) -> RawTables:
    """Read the raw tables of source `name` at `path`.

    Raises
    ------
    DataError
        The source is unknown, or what it needs is missing or unreadable.
    """
    if name not in SOURCES:
        raise DataError(f"unknown source {name!r}; choose one of {', '.join(SOURCES)}")
    if not path.exists():
        raise DataError(f"{path}: no such file or folder; {name} reads {SOURCES[name].about}")
    return SOURCES[name].read(path)


def is_simulated(name: str, path: Path) -> bool:
    """Tell whether the data are invented, however they are read."""
    return name == "simulated" or simulated.is_world(path)


def source_table() -> list[dict[str, str]]:
    """List the sources: `name`, what it `reads`, `where` to get it, `terms` of use."""
    return [{"name": s.name, "reads": s.about, "where": s.where, "terms": s.terms} for s in SOURCES.values()]
