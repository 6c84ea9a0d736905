from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from engine.config import load_settings
from engine.data.features import encode_users
from engine.data.heat import FLOOR, HALF_LIVES, song_heat
from engine.data.histories import Histories
from engine.data.listening import Span
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID
from engine.model.blend import blended
from engine.training.heat import Heat, Heats, fit_heat, with_heat
from engine.training.loop import Trained, train
from engine.training.newcomers import newcomers_part
from engine.training.validation import scorer_of

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def trained(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    settings = load_settings(None, ["model.dim=8", "train.epochs=2", "train.batch_users=64"])
    return train(prepared, settings, tmp_path_factory.mktemp("run"))


def test_a_play_counts_half_after_each_half_life_and_none_counts_nothing() -> None:
    half_life = HALF_LIVES[-1] * 1_000  # hours, of a span of 1,000
    times = [0, 1_000 - half_life, 1_000, 1_000]
    plays = pd.DataFrame({"song_index": [2, 0, 1, 1], "played_at": np.array(times) * HOUR})
    plays["played_at"] = plays["played_at"].astype("int64").astype("datetime64[us]")
    heat = song_heat(plays, songs=4, span=Span.of(plays))
    expected = [np.log((faded + FLOOR) / FLOOR) for faded in (0.5, 1 + 1, 0.5 ** (1 / HALF_LIVES[-1]), 0)]
    np.testing.assert_allclose(heat[:, -1], expected, rtol=1e-5)


def test_plays_after_the_moment_do_not_count() -> None:
    plays = pd.DataFrame(
        {"song_index": [0, 0, 1], "played_at": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-02-01"])}
    )
    before = plays[:2]
    assert (song_heat(plays, 2, Span.of(before)) == song_heat(before, 2, Span.of(before))).all()


@pytest.fixture(scope="module")
def sudden(prepared: Prepared) -> Prepared:
    """A song that hardly anyone knew is played by all at the end of the train part, and ever after."""
    train_plays = prepared.plays[prepared.plays["part"] == TRAIN]
    rare = train_plays["song_index"].value_counts().idxmin()
    late = prepared.plays.index.isin(train_plays.nlargest(60, "played_at").index) | (prepared.plays["part"] == VALID)
    return replace(prepared, plays=prepared.plays.assign(song_index=prepared.plays["song_index"].mask(late, rare)))


def test_what_is_played_now_is_weighed_where_it_ranks_and_not_where_there_is_no_time(
    prepared: Prepared, sudden: Prepared, trained: Trained
) -> None:
    found = fit_heat(sudden, trained)
    assert found.known.any
    assert (found.known.weights >= 0).all()
    assert not fit_heat(replace(prepared, info={**prepared.info, "split": "random"}), trained).any

    hot = with_heat(prepared, trained, Heats(Heat(found.known.weights)))
    assert hot.songs.heat.max() > 0
    unplayed = trained.songs.has_id.numpy() == 0
    assert not hot.songs.heat.numpy()[unplayed].any()
    assert with_heat(prepared, trained, Heats()) is trained


def test_newcomers_follow_what_is_played_now_at_their_own_pace(prepared: Prepared, trained: Trained) -> None:
    users, songs = len(prepared.users), len(prepared.songs)
    histories = Histories.from_plays(prepared.part(TRAIN), users)
    demographics = encode_users(prepared.features, prepared.users)
    part = newcomers_part(trained.model.sizes, histories, demographics, np.zeros(songs), 100.0)
    plain = replace(trained, model=blended(trained.model, newcomers=part).eval())
    played = trained.songs.has_id.numpy() > 0
    plays = prepared.plays[prepared.plays["part"] == TRAIN]  # every play, not every pair
    heat = song_heat(plays, songs, Span.of(plays))
    slow, fast = Heat(0.5 * np.eye(len(HALF_LIVES))[4], 0.9), Heat(2.0 * np.eye(len(HALF_LIVES))[0], 0.5)
    warm = with_heat(prepared, plain, Heats(slow, fast))

    def added(shown: Histories) -> np.ndarray:
        scores = [scorer_of(m.model, m.songs, shown, demographics)(np.array([3])) for m in (plain, warm)]
        return np.asarray(scores[1] - scores[0])[0]

    newcomer = added(Histories.empty(users))
    assert np.corrcoef(newcomer, fast.of(heat, played))[0, 1] > 0.999  # one level for all apart, as ranks see it
    assert (newcomer - newcomer[~played].mean())[played].max() > 0
    heard = np.bincount(histories.songs[:200], minlength=songs) > 0
    many = Histories(np.array([0] * 4 + [heard.sum()] * (users - 3)), np.flatnonzero(heard))
    assert np.corrcoef(added(many)[played], slow.of(heat, played)[played])[0, 1] > 0.99
    assert not torch.equal(part.worth, warm.model.newcomers.worth)  # the model that it was made of stays as it was


def test_with_few_newcomers_to_choose_by_what_suits_the_others_has_to_do(
    sudden: Prepared, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = fit_heat(sudden, trained)
    monkeypatch.setattr("engine.training.heat.LEAST_USERS", 10**6)
    assert not fit_heat(sudden, trained).any
    assert known.newcomers == known.known


def test_songs_that_nobody_has_played_are_as_hot_as_the_share_of_songs_they_pass(prepared: Prepared) -> None:
    heat = np.zeros((5, len(HALF_LIVES)))
    heat[:4, 0] = [1.0, 2.0, 3.0, 4.0]
    played = np.array([True, True, True, True, False])
    weights = 2.0 * np.eye(len(HALF_LIVES))[0]
    np.testing.assert_allclose(Heat(weights).of(heat, played), [2, 4, 6, 8, 0])
    np.testing.assert_allclose(Heat(weights, 0.5).of(heat, played), [2, 4, 6, 8, 5])
