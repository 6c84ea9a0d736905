from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.config import load_settings
from engine.data.features import UserArrays, encode_users
from engine.data.histories import Histories, play_weights
from engine.data.prepared import Prepared
from engine.data.split import TEST, TRAIN
from engine.model.blend import Blend, catalogue_vectors
from engine.model.content_map import how_described
from engine.model.towers import Sizes
from engine.model.weights import load_weights, save_weights
from engine.training.blend import Choices, blend
from engine.training.choose_blend import choose
from engine.training.climb import climb
from engine.training.content import content_matrix, fit_content
from engine.training.loop import Trained, train
from engine.training.newcomers import choose_smoothing, log_ratios, newcomers_part
from engine.training.validation import scorer_of

SETTINGS = load_settings(None, ["model.dim=8", "train.epochs=3", "train.batch_users=64", "blend.factors=8"])


@pytest.fixture(scope="module")
def trained(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(prepared, SETTINGS, tmp_path_factory.mktemp("run"))


def test_climbing_finds_the_top_whichever_way_it_lies() -> None:
    values = (1.0, 2.0, 3.0, 4.0, 5.0)
    for top in values:
        assert climb(values, 3.0, lambda value, top=top: -abs(value - top)) == top


def test_content_is_a_ridge_regression(trained: Trained) -> None:
    songs, sizes = trained.songs, trained.model.sizes
    content, rng = content_matrix(songs), np.random.default_rng(0)
    vectors = rng.normal(size=(content.shape[0], 2))
    chosen = np.flatnonzero(rng.random(len(vectors)) < 0.8)
    x, mean = content[chosen].toarray().astype(np.float64), vectors[chosen].mean(axis=0)
    left = x.T @ x + 5.0 * np.eye(x.shape[1])
    expected = content @ np.linalg.solve(left, x.T @ (vectors[chosen] - mean)) + mean
    found = fit_content(sizes, content, vectors, chosen, 5.0)
    np.testing.assert_allclose(found.catalogue(songs).numpy(), expected, atol=0.02)
    read = songs.song, songs.artist, songs.genres, songs.sound, songs.has_id
    np.testing.assert_allclose(found(*read).numpy(), found.catalogue(songs).numpy(), atol=1e-5)


def test_how_well_a_song_is_described_is_told_beside_its_genres() -> None:
    genres = torch.tensor([[0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6]])
    np.testing.assert_allclose(how_described(genres).numpy(), [[0, 0], [1, 1 / 5], [1, 1]])


def test_newcomers_get_what_people_like_them_play() -> None:
    # Two countries with their own song each, and a song for all.
    country = np.repeat([1, 2], 50)
    songs = np.stack([np.zeros(100, dtype=np.int64), country], axis=1)
    histories = Histories(np.arange(0, 201, 2), songs.ravel())
    nobody = np.zeros(100, dtype=np.int64)
    people = UserArrays(age=nobody, gender=nobody, country=country)
    popularity, ratios = log_ratios(histories, people, np.arange(100), 3, smoothing=10.0)
    share = (100 + 0.5) / (200 + 1.5)
    assert popularity[0] == pytest.approx(np.log(share))
    own = (50 + 0.5) / (200 + 1.5)
    assert ratios["country"][1, 1] == pytest.approx(np.log((50 + 10 * own) / (100 + 10) / own))
    assert choose_smoothing(histories, people, 3, 1_000) is not None
    assert choose_smoothing(histories, UserArrays(nobody, nobody, nobody), 3, 1_000) is None
    sizes = Sizes(songs=3, artists=0, genres=0, sound=0, ages=0, genders=0, countries=2)
    bias = np.array([0.3, 0.1, 0.2])
    part = newcomers_part(sizes, histories, people, bias, 10.0)
    unknown = torch.zeros(2, dtype=torch.int64)
    scores = part.users(unknown, unknown, torch.tensor([1, 0])) @ part.catalogue().T + torch.tensor(bias)
    expected = popularity + ratios["country"][[1, 0]]
    np.testing.assert_allclose(scores - scores[:, :1], expected - expected[:, :1], atol=2e-2)


def test_the_parts_are_kept_and_score_as_they_did(prepared: Prepared, trained: Trained, tmp_path) -> None:
    choices = choose(prepared, trained, SETTINGS)
    assert choices is not None
    whole = blend(prepared, trained, replace(choices, share=0.5, smoothing=300.0), SETTINGS)
    assert isinstance(whole.model, Blend)
    assert whole.model.width == catalogue_vectors(whole.model, whole.songs).shape[1]
    save_weights(whole.model, tmp_path / "m.safetensors")
    again = load_weights(tmp_path / "m.safetensors", whole.model.sizes, SETTINGS.model.alone)
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    people, users = encode_users(prepared.features, prepared.users), np.arange(20)
    scores = scorer_of(whole.model, whole.songs, histories, people)(users)
    np.testing.assert_array_equal(scores, scorer_of(again, whole.songs, histories, people)(users))
    assert not np.allclose(scores, scorer_of(trained.model, trained.songs, histories, people)(users))


def test_nothing_of_the_test_part_is_read(prepared: Prepared, trained: Trained) -> None:
    test = prepared.plays["part"] == TEST
    rolled = prepared.plays.assign(
        song_index=prepared.plays["song_index"].mask(test, np.roll(prepared.plays["song_index"], 7))
    )
    other = replace(prepared, plays=rolled)
    assert choose(other, trained, SETTINGS) == choose(prepared, trained, SETTINGS)
    fitted = [blend(p, trained, Choices(share=0.5), SETTINGS).model.state_dict() for p in (prepared, other)]
    assert all(torch.equal(fitted[0][name], fitted[1][name]) for name in fitted[0])


def test_a_setting_leaves_the_towers_alone(prepared: Prepared, trained: Trained) -> None:
    alone = SETTINGS.model_copy(update={"blend": SETTINGS.blend.model_copy(update={"use": False})})
    assert choose(prepared, trained, alone) is None
    assert blend(prepared, trained, None, alone) is trained


def test_plays_weigh_by_their_logarithm_and_one_on_average(prepared: Prepared) -> None:
    plays = prepared.plays[:3].assign(play_count=[1, 1, 7])
    expected = np.log1p([1, 1, 7])
    np.testing.assert_allclose(play_weights(plays), expected / expected.mean(), rtol=1e-6)
    assert play_weights(plays.assign(play_count=4)) is None


def test_content_without_a_known_song_is_the_origin(trained: Trained) -> None:
    content = content_matrix(trained.songs)
    found = fit_content(trained.model.sizes, content, np.ones((len(trained.songs.song), 3)), np.zeros(0, int), 1.0)
    assert float(found.catalogue(trained.songs).abs().max()) == 0.0
