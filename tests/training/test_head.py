import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.config import Settings, load_settings
from engine.data.pair_facts import FACTS
from engine.data.prepared import Prepared
from engine.data.split import TEST, TRAIN, VALID
from engine.evaluation.predictions import auc, regression_metrics
from engine.training.carry_head import align, carry_head
from engine.training.head import FittedHead, fit_head, predict
from engine.training.loop import Trained, train
from engine.training.pairs import PairReader, held_out_pairs


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(None, ["model.dim=8", "train.epochs=6", "train.batch_users=64", "head.hidden=[16]"])


@pytest.fixture(scope="module")
def trained(prepared: Prepared, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(prepared, settings, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def head(prepared: Prepared, trained: Trained, settings: Settings) -> FittedHead:
    fitted = fit_head(prepared, trained, settings)
    assert fitted is not None
    return fitted


def keys(prepared: Prepared, *parts: int) -> np.ndarray:
    plays = prepared.part(*parts)
    return (plays["user_index"] * len(prepared.songs) + plays["song_index"]).to_numpy()


def same(a: FittedHead, b: FittedHead) -> bool:
    ours, theirs = a.layer.state_dict(), b.layer.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in ours.items()) and bool(
        (a.facts.songs == b.facts.songs).all()
    )


def test_played_pairs_were_held_out_and_unplayed_ones_never_played(prepared: Prepared) -> None:
    for part, before in ((VALID, (TRAIN,)), (TEST, (TRAIN, VALID))):
        pairs = held_out_pairs(prepared, part, 3, 10_000, 0)
        at = pairs.users * len(prepared.songs) + pairs.songs
        assert np.isin(at[pairs.played], keys(prepared, part)).all()
        assert not np.isin(at[pairs.played], keys(prepared, *before)).any()
        assert not np.isin(at[~pairs.played], keys(prepared, *before, part)).any()
        assert np.isin(pairs.users, prepared.part(TRAIN)["user_index"]).all()
        assert (~pairs.played).sum() == 3 * pairs.played.sum()
        assert not pairs.log_plays[~pairs.played].any()
    assert len(held_out_pairs(prepared, VALID, 3, 100, 0)) == 100


def test_a_user_who_is_read_blank_has_heard_nothing(prepared: Prepared, trained: Trained) -> None:
    reader = PairReader.of(prepared, trained)
    pairs = held_out_pairs(prepared, VALID, 1, 1_000, 0)
    one = pairs.users[0]
    known, blank = reader.read(pairs), reader.read(pairs, blank=np.array([one]))
    mine = pairs.users == one
    heard = list(FACTS).index("songs_heard")
    assert (blank[2][mine, heard] == 0).all()
    assert (known[2][mine, heard] > 0).all()
    assert not torch.equal(known[0][mine], blank[0][mine])
    for before, after in zip(known, blank, strict=True):
        assert torch.equal(before[~mine], after[~mine])


def test_the_head_ranks_pairs_at_least_as_well_as_the_score(
    prepared: Prepared, trained: Trained, head: FittedHead
) -> None:
    reader, pairs = PairReader.of(prepared, trained), held_out_pairs(prepared, TEST, 4, 10_000, 0)
    users, items, _ = reader.read(pairs)
    probability, log_plays = predict(head, reader, pairs)
    assert auc(probability, pairs.played) >= auc((users * items).sum(dim=1).numpy(), pairs.played)
    assert probability.mean() == pytest.approx(1 / 5, abs=0.06)
    assert log_plays is not None
    assert len(log_plays) == len(pairs)


def test_the_same_seed_fits_the_same_head_and_another_another(
    prepared: Prepared, trained: Trained, settings: Settings, head: FittedHead
) -> None:
    torch.rand(3)  # whatever was drawn before
    again = fit_head(prepared, trained, settings)
    other = fit_head(prepared, trained, settings.model_copy(update={"seed": 8}))
    assert again is not None
    assert other is not None
    assert same(head, again)
    assert not same(head, other)


def test_nothing_of_the_test_part_is_looked_at(
    prepared: Prepared, trained: Trained, settings: Settings, head: FittedHead
) -> None:
    test = prepared.plays["part"] == TEST
    plays = prepared.plays.copy()
    plays.loc[test, "song_index"] = np.random.default_rng(0).integers(0, len(prepared.songs), test.sum())
    plays.loc[test, "play_count"] = 99.0
    changed = fit_head(replace(prepared, plays=plays), trained, settings)
    assert changed is not None
    assert same(head, changed)


def test_how_often_a_song_is_played_is_learnt_from_train_plays(
    prepared: Prepared, trained: Trained, settings: Settings
) -> None:
    often = prepared.plays["song_index"] % 2 == 0
    counted = replace(prepared, plays=prepared.plays.assign(play_count=np.where(often, 60.0, 1.0)))
    fitted = fit_head(counted, trained, settings)
    assert fitted is not None
    pairs = held_out_pairs(counted, TEST, 1, 10_000, 0)
    _, log_plays = predict(fitted, PairReader.of(counted, trained), pairs)
    assert log_plays is not None
    assert regression_metrics(log_plays[pairs.played], pairs.log_plays[pairs.played])["spearman"] > 0.6


def test_without_play_counts_how_often_is_not_predicted(
    prepared: Prepared, trained: Trained, settings: Settings
) -> None:
    once = prepared.part(TRAIN, VALID, TEST).assign(play_count=1.0)
    first = prepared.plays.drop_duplicates(["user_index", "song_index"])
    once = first.assign(play_count=1.0)
    fitted = fit_head(replace(prepared, plays=once), trained, settings)
    assert fitted is not None
    assert not fitted.counts
    pairs = held_out_pairs(prepared, TEST, 1, 1_000, 0)
    assert predict(fitted, PairReader.of(prepared, trained), pairs)[1] is None


def test_too_few_validation_plays_fit_no_head(prepared: Prepared, trained: Trained, settings: Settings) -> None:
    few = prepared.plays[(prepared.plays["part"] != VALID) | (prepared.plays["user_index"] < 3)]
    assert fit_head(replace(prepared, plays=few), trained, settings) is None


def test_a_rotation_is_found() -> None:
    rng = np.random.default_rng(0)
    vectors = torch.from_numpy(rng.normal(size=(40, 3)).astype(np.float32))
    quarter = torch.tensor([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    nobody = torch.zeros(1, 3) + 5  # a song without listeners doesn't count
    listeners = torch.tensor([4.0] * 40 + [0.0])
    rotation, alignment = align(torch.cat([vectors, nobody]), torch.cat([vectors @ quarter, nobody]), listeners)
    torch.testing.assert_close(rotation, quarter)
    assert alignment == pytest.approx(1.0)


def turned(trained: Trained, stretched: float = 1.0) -> Trained:
    """The same towers in a space that is turned, which changes no score, or stretched, which changes all alike."""
    model = copy.deepcopy(trained.model)
    dim = model.users.history.song.weight.shape[1]
    q = torch.linalg.qr(torch.from_numpy(np.random.default_rng(1).normal(size=(dim, dim)))).Q.float()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.shape[-1] == dim + 1:
                weight[:, :dim] = weight[:, :dim] @ q * stretched
                weight[:, dim:] *= stretched
            elif weight.shape[-1] == dim:
                weight[:] = weight @ q
            else:
                assert name == "items.bias.weight"
                weight *= stretched
    return replace(trained, model=model)


@pytest.mark.parametrize("stretched", [1.0, 3.0])
def test_a_head_is_carried_to_towers_that_are_turned_and_stretched(
    prepared: Prepared, trained: Trained, head: FittedHead, stretched: float
) -> None:
    other = turned(trained, stretched)
    carried = carry_head(head, prepared, trained, prepared, other)
    assert carried.alignment == pytest.approx(1.0, abs=1e-4)
    pairs = held_out_pairs(prepared, TEST, 2, 1_000, 0)
    before, after = (
        predict(head, PairReader.of(prepared, trained), pairs),
        predict(carried, PairReader.of(prepared, other), pairs),
    )
    # Pairs played in the test part are no longer among those that set the units, which moves them a little.
    np.testing.assert_allclose(after[0], before[0], atol=0.02)
    unmoved = predict(head, PairReader.of(prepared, other), pairs)
    assert np.abs(unmoved[0] - before[0]).max() > 0.1


def test_vectors_that_mean_something_else_are_not_read(
    prepared: Prepared, trained: Trained, head: FittedHead, settings: Settings
) -> None:
    other = replace(trained, model=copy.deepcopy(trained.model))
    with torch.no_grad():
        for parameter in other.model.parameters():
            parameter.normal_()
    carried = carry_head(head, prepared, trained, prepared, other)
    assert carried.alignment < 0.5
    assert not any(h.vectors for h in carried.layer.play)
    assert len(carried.layer.play) == settings.head.folds
    assert float(carried.layer.slope) == pytest.approx(head.without_vectors[0])
