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
from engine.data.split import TEST, TRAIN, VALID
from engine.model.blend import Blend, blended
from engine.training.finish import finish, finish_like
from engine.training.heat import LEAST_USERS, Heat, Heats, fit_heat, with_heat
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
    unplayed = np.bincount(prepared.part(TRAIN)["song_index"], minlength=len(prepared.songs)) == 0
    assert not hot.songs.heat.numpy()[unplayed].any()
    assert with_heat(prepared, trained, Heats()) is trained


def test_what_is_played_now_can_be_left_out(sudden: Prepared, trained: Trained) -> None:
    settings = load_settings(None, ["blend.use=false"])
    heated, chosen = finish(sudden, trained, settings, to_serve=True)
    assert chosen.heat.any
    assert heated.songs.heat.any()
    settings = load_settings(None, ["blend.use=false", "blend.heat=false"])
    without, chosen = finish(sudden, trained, settings, to_serve=True)
    assert not chosen.heat.any
    assert chosen.served is not None
    assert not chosen.served.heat.any
    assert set(chosen.described()) == {"parts", "heat", "parts_served", "heat_served"}
    assert not finish_like(sudden, without, chosen, settings).songs.heat.any()


def test_the_first_places_may_be_of_the_moment_though_most_plays_are_not(
    prepared: Prepared, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One play in eight is of a song that is hot; the others, which are far more, say little of what is played now.
    plays, part = prepared.plays, prepared.plays["part"]
    rare = plays.loc[part == TRAIN, "song_index"].value_counts().idxmin()
    late = plays.index.isin(plays[part == TRAIN].nlargest(20, "played_at").index)
    now = late | (part == VALID) & (np.arange(len(plays)) % 8 == 0)
    sometimes = replace(prepared, plays=plays.assign(song_index=plays["song_index"].mask(now, rare)))
    found = fit_heat(sometimes, trained).known
    monkeypatch.setattr("engine.training.heat.STRENGTHS", (0.0, 1.0))
    likely = fit_heat(sometimes, trained).known
    assert likely.any
    assert found.weights.sum() > 2 * likely.weights.sum()


def test_what_is_served_counts_the_moment_by_the_latest_plays_too(
    prepared: Prepared, sudden: Prepared, trained: Trained
) -> None:
    # Nothing is sudden until the test plays: only weights that read them can know.
    late = prepared.plays["part"] == TEST
    valid_end = prepared.plays[prepared.plays["part"] == VALID].nlargest(60, "played_at").index
    rare = prepared.part(TRAIN)["song_index"].value_counts().idxmin()
    plays = prepared.plays.assign(
        song_index=prepared.plays["song_index"].mask(late | prepared.plays.index.isin(valid_end), rare)
    )
    then = replace(prepared, plays=plays)
    judged, served = fit_heat(then, trained), fit_heat(then, trained, to_serve=True)
    assert served.known.any
    assert served.known.weights.max() > judged.known.weights.max()
    # What is judged never reads them.
    shuffled = replace(then, plays=plays[~late])
    np.testing.assert_array_equal(fit_heat(shuffled, trained).known.weights, judged.known.weights)


@pytest.fixture(scope="module")
def blend(prepared: Prepared, trained: Trained) -> Trained:
    """The towers with a part for newcomers beside them."""
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    demographics = encode_users(prepared.features, prepared.users)
    part = newcomers_part(trained.model.sizes, histories, demographics, np.zeros(len(prepared.songs)), 100.0)
    return replace(trained, model=blended(trained.model, newcomers=part).eval())


def test_newcomers_follow_what_is_played_now_at_their_own_pace(prepared: Prepared, blend: Trained) -> None:
    users, plays = len(prepared.users), prepared.plays[prepared.plays["part"] == TRAIN]
    heat = song_heat(plays, len(prepared.songs), Span.of(plays))
    played = np.bincount(plays["song_index"], minlength=len(prepared.songs)) > 0
    slow, fast = Heat(0.5 * np.eye(len(HALF_LIVES))[4], 0.9), Heat(2.0 * np.eye(len(HALF_LIVES))[0], 0.5)
    assert isinstance(blend.model, Blend)
    assert blend.model.newcomers is not None
    before = blend.model.newcomers.worth.clone()
    hot = with_heat(prepared, blend, Heats(slow, fast))
    assert torch.equal(blend.model.newcomers.worth, before)  # the model that it was made of stays as it was

    def added(shown: Histories) -> np.ndarray:
        demographics = encode_users(prepared.features, prepared.users)
        scores = [scorer_of(made.model, made.songs, shown, demographics)(np.array([0])) for made in (blend, hot)]
        return np.asarray(scores[1] - scores[0])[0]

    judged = (blend.songs.has_id.numpy() > 0) | ~played  # all but what is hidden to stop by
    newcomer = np.corrcoef(added(Histories.empty(users))[judged], fast.of(heat, played)[judged])
    assert newcomer[0, 1] > 0.999
    known = np.unique(plays["song_index"])[:400]
    someone = Histories(np.array([0] + [len(known)] * users), known)
    assert np.corrcoef(added(someone)[judged], slow.of(heat, played)[judged])[0, 1] > 0.99


def test_with_few_newcomers_to_choose_by_what_suits_the_others_has_to_do(
    sudden: Prepared, blend: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_out, train_users = sudden.part(VALID)["user_index"], sudden.part(TRAIN)["user_index"]
    new = held_out[~held_out.isin(train_users)].nunique()
    assert 0 < new < LEAST_USERS
    found = fit_heat(sudden, blend)
    assert found.known.any
    assert found.newcomers is found.known
    monkeypatch.setattr("engine.training.heat.LEAST_USERS", 1)
    assert fit_heat(sudden, blend).newcomers is not found.known
    monkeypatch.setattr("engine.training.heat.LEAST_USERS", 10**6)
    assert not fit_heat(sudden, blend).any


def test_songs_that_nobody_has_played_are_as_hot_as_the_share_of_songs_they_pass(prepared: Prepared) -> None:
    heat = np.zeros((5, len(HALF_LIVES)))
    heat[:4, 0] = [1.0, 2.0, 3.0, 4.0]
    played = np.array([True, True, True, True, False])
    weights = 2.0 * np.eye(len(HALF_LIVES))[0]
    np.testing.assert_allclose(Heat(weights).of(heat, played), [2, 4, 6, 8, 0])
    np.testing.assert_allclose(Heat(weights, 0.5).of(heat, played), [2, 4, 6, 8, 5])
