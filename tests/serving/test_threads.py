"""One Engine serves many threads: mixed calls at once give what they give one after another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from engine import Engine
from engine.serving.bundle import open_bundle

THREADS, CALLS = 16, 240


def calls(engine: Engine, count: int) -> list[Callable[[Engine], pd.DataFrame]]:
    """Make calls of every kind, each with arguments of its own."""
    rng = np.random.default_rng(0)
    users = engine.users["user_id"].to_numpy()[rng.integers(0, len(engine.users), count)].tolist()
    songs = engine.songs["song_id"].to_numpy()[rng.integers(0, len(engine.songs), count)].tolist()
    titles = engine.songs.set_index("song_id")["title"]
    genres = engine.genres[:5]

    def call(number: int) -> Callable[[Engine], pd.DataFrame]:
        user, song, genre = users[number], songs[number], genres[number % len(genres)]
        kinds: list[Callable[[Engine], pd.DataFrame]] = [
            lambda e: e.recommend(user, k=10),
            lambda e: e.recommend(user, k=10, genres=[genre], diversity=0.3, max_per_artist=1, novelty=0.1),
            lambda e: e.recommend(history=[song], country="Japan", k=10),
            lambda e: e.rerank(e.candidates(user, k=5), freshness=0.4),
            lambda e: e.search(titles[song][:-1], k=5),
            lambda e: e.search(titles[song], k=5, genres=[genre]),
            lambda e: e.similar(song, k=5),
            lambda e: e.predict(user, [song]),
            lambda e: e.history(user, k=5),
            lambda e: e.audience(song).table,
        ]
        return kinds[number % len(kinds)]

    return [call(number) for number in range(count)]


def test_many_threads_get_what_one_gets(engine: Engine) -> None:
    fresh = Engine(open_bundle(engine.bundle.folder))  # nothing of it has been looked up yet
    asked = calls(engine, CALLS)
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(lambda call: call(fresh), asked))
    for call, found in zip(asked, together, strict=True):
        pd.testing.assert_frame_equal(found, call(engine))
