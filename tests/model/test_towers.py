from dataclasses import replace

import numpy as np
import torch

from engine.config import ModelSettings
from engine.data.batches import training_batches
from engine.data.features import SongArrays, UserArrays
from engine.data.histories import Histories
from engine.model.export_onnx import LARGEST_DIFFERENCE, export_towers
from engine.model.hybrid import TwoTower, set_bias
from engine.model.towers import Sizes, SongTensors

SIZES = Sizes(songs=30, artists=5, genres=4, sound=3, ages=10, genders=2, countries=3)


def catalogue() -> SongTensors:
    rng = np.random.default_rng(0)
    known = (rng.random((30, 3)) < 0.7).astype(np.float32)
    arrays = SongArrays(
        artist=rng.integers(0, 6, 30),
        guests=np.zeros((30, 4), dtype=np.int64),
        genres=rng.integers(0, 5, (30, 12)),
        sound=rng.normal(size=(30, 3)).astype(np.float32) * known,
        sound_known=known,
    )
    trained = np.ones(30)
    trained[25:] = 0  # five songs nobody has played
    return SongTensors.from_arrays(arrays, trained, SIZES.genres)


def network(**settings: bool) -> TwoTower:
    torch.manual_seed(0)
    model = TwoTower(SIZES, ModelSettings(dim=8, members=1, **settings))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    for encoder in (model.items.encoder, model.users.history):
        if encoder.content:
            with torch.no_grad():  # padding is nothing, as training leaves it
                encoder.artist.weight[0] = encoder.genre.weight[0] = 0
    return model


def histories() -> Histories:
    return Histories(np.array([0, 3, 3, 8]), np.array([1, 2, 3, 4, 5, 6, 7, 8]))


NOBODY = UserArrays(*(np.zeros(3, dtype=np.int64),) * 3)


def test_every_user_has_a_target_and_nothing_shown_is_one() -> None:
    for seed in range(30):
        (batch,) = training_batches(histories(), NOBODY, 10, 0.5, 0.1, np.random.default_rng(seed))
        assert sorted(batch.users.tolist()) == [0, 2]  # user 1 has no plays
        assert set(batch.target_rows.tolist()) == {0, 1}
        shown = set(zip(batch.shown_rows.tolist(), batch.shown_songs.tolist(), strict=True))
        targets = set(zip(batch.target_rows.tolist(), batch.target_songs.tolist(), strict=True))
        assert not shown & targets
        assert len(shown | targets) == 8


def test_candidates_are_encoded_as_in_the_whole_catalogue() -> None:
    songs = catalogue()
    songs = replace(songs, alone=torch.from_numpy((np.arange(30) % 3 == 0).astype(np.float32)))
    (batch,) = training_batches(histories(), NOBODY, 10, 0.5, 0.0, np.random.default_rng(0))
    kept = torch.from_numpy((np.random.default_rng(1).random(30) < 0.5).astype(np.float32))
    candidates = torch.tensor([0, 3, 4, 9, 17, 26, 29])
    for history_features in (True, False):
        gradients = []
        for some in (None, candidates):
            model = network(history_features=history_features).train()
            encoded = model(batch, songs, kept, some)
            scores = encoded.scores() if some is not None else encoded.scores()[:, candidates]
            scores.square().sum().backward()
            gradients.append([scores.detach(), *(p.grad for p in model.parameters())])
        for whole, sampled in zip(*gradients, strict=True):
            torch.testing.assert_close(whole, sampled, rtol=1e-4, atol=1e-4)


def test_a_batch_that_shows_nothing_can_be_scored_against_candidates() -> None:
    model, songs = network(), catalogue()
    (batch,) = training_batches(histories(), NOBODY, 10, 0.5, 1.0, np.random.default_rng(0))
    assert len(batch.shown_songs) == 0
    whole = model(batch, songs, torch.ones(30)).scores()
    some = model(batch, songs, torch.ones(30), torch.tensor([2, 5])).scores()
    torch.testing.assert_close(whole[:, [2, 5]], some, rtol=1e-4, atol=1e-4)


def test_training_and_serving_paths_give_the_same_scores() -> None:
    model, songs = network(), catalogue()
    (batch,) = training_batches(histories(), NOBODY, 10, 0.5, 0.0, np.random.default_rng(0))
    trained = model.train()(batch, songs, torch.ones(30)).scores()
    model.eval()
    served = model.user_vectors(batch, model.history_table(songs)) @ model.item_vectors(songs).T
    torch.testing.assert_close(trained, served, rtol=1e-4, atol=1e-4)


def test_the_whole_catalogue_at_once_is_every_song_by_itself() -> None:
    model, songs = network().eval(), catalogue()
    one_by_one = model.items(songs.song, songs.artist, songs.genres, songs.sound, songs.has_id)
    torch.testing.assert_close(model.item_vectors(songs), one_by_one, rtol=1e-4, atol=1e-5)


def test_a_song_nobody_played_is_its_content_and_nothing_else() -> None:
    model, songs = network().eval(), catalogue()
    before = model.item_vectors(songs)
    with torch.no_grad():
        model.items.encoder.song.weight += 1
        model.items.bias.weight += 1
    after = model.item_vectors(songs)
    assert torch.equal(before[25:], after[25:])
    assert not torch.equal(before[:25], after[:25])


def test_a_listener_without_history_is_their_demographics() -> None:
    model = network().eval()
    none = torch.zeros(2, 8), torch.zeros(2)
    young_and_old = torch.tensor([1, 9])
    same = torch.tensor([1, 1])
    vectors = model.users.finish(*none, young_and_old, same, same)
    assert not torch.equal(vectors[0], vectors[1])
    assert vectors[:, -1].tolist() == [1, 1]  # the place that meets the bias


def test_demographics_weigh_less_the_longer_the_history() -> None:
    tower = network().eval().users
    at = torch.tensor([1])

    def shift(songs: int) -> float:
        history = torch.ones(1, 8) * songs, torch.tensor([float(songs)])
        a = tower.finish(*history, at, at, at)
        b = tower.finish(*history, at + 1, at, at)
        return float((a - b).norm() / a.norm())

    assert shift(1) > shift(10) > shift(100)


def test_the_bias_starts_at_the_log_share_of_listeners() -> None:
    model, songs = network(), catalogue()
    model.items.encoder.song.weight.data.zero_()
    listeners = np.array([99] + [9] * 24 + [0] * 5)
    set_bias(model, songs, listeners)
    bias = model.item_vectors(songs)[:, -1]
    torch.testing.assert_close(bias[0] - bias[1], torch.tensor(np.log(100 / 10), dtype=torch.float32))


def test_a_song_without_plays_starts_from_what_songs_like_it_are_worth() -> None:
    model, songs = network(), catalogue()
    model.items.encoder.song.weight.data.zero_()
    loud = songs.sound[:, 0]
    listeners = np.where(np.arange(30) < 25, np.exp(4 + loud.numpy()), 0)  # the louder, the more listeners
    set_bias(model, songs, listeners)
    new = model.item_vectors(songs)[25:, -1]
    assert torch.corrcoef(torch.stack([new.detach(), loud[25:]]))[0, 1] > 0.7


def test_a_song_that_loses_its_id_loses_an_artist_who_made_nothing_else() -> None:
    model, songs = network().eval(), catalogue()
    model.items.encoder.artist.weight.data[1:] = 100.0
    alone = songs.alone > 0
    artists = songs.artist[songs.has_id > 0]
    for song in torch.nonzero(songs.has_id)[:, 0]:
        assert bool(alone[song]) == (int((artists == songs.artist[song]).sum()) == 1)
    without_ids, _ = model.items.catalogue(songs, torch.zeros(30))
    large = without_ids.abs().max(dim=1).values > 50
    assert not large[alone].any()
    assert large[~alone & (songs.artist > 0)].all()


def test_exported_towers_agree_with_torch(tmp_path) -> None:
    for settings in ({}, {"demographics": False}, {"history_features": False}):
        parity = export_towers(network(**settings), catalogue(), tmp_path / str(len(settings)))
        assert max(parity.user_tower, parity.item_tower) < LARGEST_DIFFERENCE
