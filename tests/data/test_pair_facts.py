from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.data.features import SongArrays
from engine.data.heat import HALF_LIVES
from engine.data.pair_facts import FACTS, PRIOR, PairFacts
from engine.errors import BundleError


@pytest.fixture
def facts() -> PairFacts:
    """Three songs, the first two by one artist; song 0 has two listeners, song 1 one, song 2 none."""
    plays = pd.DataFrame({"song_index": [0, 0, 1], "play_count": [1.0, 3.0, 7.0]})
    arrays = SongArrays(
        artist=np.array([1, 1, 0]),
        guests=np.zeros((3, 1), dtype=np.int64),
        genres=np.array([[1, 0], [1, 2], [0, 0]]),
        sound=np.zeros((3, 0), dtype=np.float32),
        sound_known=np.zeros((3, 0), dtype=np.float32),
    )
    years = np.array([2000.0, 1990.0, np.nan])
    return PairFacts.fit(plays, arrays, years, np.zeros((3, len(HALF_LIVES)), dtype=np.float32))


def of(facts: PairFacts, shown: list[tuple[int, int, float]], pairs: list[tuple[int, int]], users: int) -> pd.DataFrame:
    who, heard, logs = (np.array(values) for values in zip(*shown, strict=True))
    rows, songs = (np.array(values) for values in zip(*pairs, strict=True))
    return pd.DataFrame(facts.of((who, heard, logs), users, rows, songs), columns=list(FACTS))


def test_songs_are_described_by_their_train_plays(facts: PairFacts) -> None:
    frame = of(facts, [(0, 0, np.log(2))], [(0, 0), (0, 1), (0, 2)], 1)
    np.testing.assert_allclose(frame["listeners"], np.log([3, 2, 1]), rtol=1e-6)
    assert frame["played"].tolist() == [1, 1, 0]
    everyone = np.log(2 * 4 * 8) / 3
    artist = (np.log(2 * 4 * 8) + PRIOR * everyone) / (3 + PRIOR)
    expected = [(np.log(2 * 4) + PRIOR * artist) / (2 + PRIOR), (np.log(8) + PRIOR * artist) / (1 + PRIOR), everyone]
    np.testing.assert_allclose(frame["log_plays"], expected, rtol=1e-6)
    usual = np.log(3 * 2) / 2
    assert frame["artist_listeners"][2] == frame["genre_listeners"][2] == pytest.approx(usual)


def test_songs_are_as_old_as_they_are_before_the_newest(facts: PairFacts) -> None:
    frame = of(facts, [(0, 0, 1.0)], [(0, 0), (0, 1), (0, 2)], 1)
    np.testing.assert_allclose(frame["age"], [0, np.log(11), np.log(11) / 2], rtol=1e-6)  # unknown: as usual
    assert frame["age_known"].tolist() == [1, 1, 0]


def test_users_are_described_by_what_is_shown_of_them(facts: PairFacts) -> None:
    shown = [(0, 0, np.log(2)), (0, 1, np.nan), (2, 2, np.nan)]
    frame = of(facts, shown, [(0, 2), (1, 2), (2, 2), (0, 1)], 3)
    np.testing.assert_allclose(np.expm1(frame["songs_heard"]), [2, 0, 1, 2], rtol=1e-6)
    everyone = facts.log_plays
    expected = (np.log(2) + PRIOR * everyone) / (1 + PRIOR)  # the song with unknown plays doesn't count
    np.testing.assert_allclose(frame["user_log_plays"], [expected, everyone, everyone, expected], rtol=1e-6)


def test_songs_by_an_artist_of_the_history_are_counted_and_unknown_artists_are_not_one(facts: PairFacts) -> None:
    shown = [(0, 0, 1.0), (0, 2, 1.0), (1, 2, 1.0)]
    frame = of(facts, shown, [(0, 1), (1, 1), (0, 2)], 2)
    np.testing.assert_allclose(np.expm1(frame["same_artist"]), [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(frame["same_artist_share"], [0.5, 0, 0])


def test_facts_come_back_as_they_were_kept(facts: PairFacts, tmp_path: Path) -> None:
    facts.save(tmp_path / "facts.npz")
    back = PairFacts.load(tmp_path / "facts.npz")
    assert (back.songs == facts.songs).all()
    assert (back.artist == facts.artist).all()
    assert back.log_plays == facts.log_plays
    (tmp_path / "facts.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(BundleError, match="build the bundle again"):
        PairFacts.load(tmp_path / "facts.npz")
