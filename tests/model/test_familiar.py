"""Familiar artists: how much of a history is by a new song's artist, in training, in the export and when explained."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from test_layouts import everyone, listeners, network
from test_towers import SIZES, catalogue

from engine.config import ModelSettings
from engine.data.features import UserArrays
from engine.data.histories import Histories
from engine.explain.content_parts import Weighed
from engine.explain.history import history_of
from engine.explain.listener_parts import Who
from engine.explain.score import PresenceScore, Side
from engine.explain.song_parts import Songs
from engine.model.blend import Blend, Parts
from engine.model.content_map import ContentMap
from engine.model.export_onnx import LARGEST_DIFFERENCE, export_towers
from engine.model.familiar import Familiar
from engine.model.least_squares import LeastSquares
from engine.model.newcomers import Newcomers
from engine.model.towers import SongTensors
from engine.model.weights import load_weights, save_weights, with_more_songs
from engine.serving.recommender import Listener
from engine.serving.runtime import UserTower
from engine.training.familiar import familiar_part

SETTINGS = ModelSettings(dim=8)
NEW = 27  # of the catalogue's songs that nobody has played


def blend(squares: bool = True) -> Blend:
    """All parts beside the towers, as if they had learnt something."""
    towers = network("mean")
    parts = Parts(
        ContentMap(towers.sizes, towers.users.dim + 1),
        LeastSquares(towers.sizes, 4) if squares else None,
        Newcomers(towers.sizes, 3),
        Familiar(towers.sizes, 5),
    )
    model = Blend(towers, parts)
    torch.manual_seed(1)
    for part in (model.unheard, model.least_squares, model.newcomers, model.familiar):
        for parameter in () if part is None else part.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    with torch.no_grad():
        model.familiar.artists[0] = 0
        model.familiar.scale.fill_(2.0)
    return model.eval()


def test_it_counts_the_songs_by_the_artist() -> None:
    # Artist 1 has songs 0 and 1, artist 2 has 2 and 3; the artist of 4 is unknown. Song 0 has two listeners.
    artist = np.array([1, 1, 2, 2, 0])
    histories = Histories(
        np.array([0, 2, 5]), np.array([0, 1, 0, 2, 4]), weights=np.array([1, 2, 1, 3, 1], dtype=np.float32)
    )
    sizes = replace(SIZES, songs=5, artists=2)
    part = familiar_part(sizes, histories, artist, 64, scale=10.0)
    assert part.rank == 2  # there are no more artists
    rows, songs, who = np.array([0, 0, 1, 1, 1]), torch.from_numpy(histories.songs), torch.from_numpy(artist)
    users = part.users_of(
        torch.from_numpy(rows), songs, torch.from_numpy(histories.weights), 2, part.history(torch.arange(5), who)
    )
    expected = 10 * np.array([[0.5 + 2, 0], [0.5, 3]])[:, [0, 0, 1, 1]]
    scores = users @ part.items(who, torch.zeros(5)).T
    np.testing.assert_allclose(scores[:, :4], expected, atol=1e-4)
    assert not scores[:, 4].any()
    assert not part.items(who, torch.ones(5)).any()  # songs with plays have vectors of their own


def test_a_basis_of_few_places_serves_those_of_few_songs_too() -> None:
    # Twenty people with a hundred songs by one artist each, and one with a single song.
    artist = np.repeat(np.arange(1, 22), [100] * 20 + [1])
    starts = np.concatenate([np.arange(0, 2_001, 100), [2_001]])
    part = familiar_part(replace(SIZES, songs=2_001, artists=21), Histories(starts, np.arange(2_001)), artist, 21)
    own = (part.artists[21] ** 2).sum()
    assert float(own) == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module", params=[True, False], ids=["with least squares", "without"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Blend, Path, float]:
    """A model, its exported towers, and how far they are from it."""
    model, folder = blend(request.param), tmp_path_factory.mktemp("towers")
    return model, folder, max(export_towers(model, catalogue(), folder).measured().values())


def test_the_export_agrees_and_the_weights_come_back(exported: tuple[Blend, Path, float], tmp_path: Path) -> None:
    (model, _, difference), songs = exported, catalogue()
    assert difference < LARGEST_DIFFERENCE
    save_weights(model, tmp_path / "m.safetensors")
    again = load_weights(tmp_path / "m.safetensors", model.sizes, SETTINGS)
    batch = everyone(model)
    scores = [m.user_vectors(batch, m.history_table(songs)) @ m.item_vectors(songs).T for m in (model, again)]
    assert torch.equal(*scores)
    assert scores[0].shape[1] == 30
    assert model.width == model.item_vectors(songs).shape[1]


def test_a_song_that_is_added_is_as_rare_as_can_be() -> None:
    model = blend()
    larger = with_more_songs(model, replace(model.sizes, songs=40), SETTINGS)
    assert torch.equal(larger.familiar.artists, model.familiar.artists)
    assert not larger.familiar.common[30:].any()


def test_it_speaks_for_new_songs_alone() -> None:
    model, songs = blend(), catalogue()
    batch = everyone(model)
    before = model.user_vectors(batch, model.history_table(songs)) @ model.item_vectors(songs).T
    with torch.no_grad():
        model.familiar.scale.fill_(0.0)
    after = model.user_vectors(batch, model.history_table(songs)) @ model.item_vectors(songs).T
    played = songs.has_id > 0
    torch.testing.assert_close(before[:, played], after[:, played])
    assert not torch.allclose(before[0, ~played], after[0, ~played])


@torch.no_grad()
@pytest.mark.parametrize("song", [NEW, 3])
def test_an_explanation_is_of_the_whole_score(song: int, exported: tuple[Blend, Path, float]) -> None:
    (model, folder, _), songs = exported, catalogue()
    histories, people = listeners()
    serving = UserTower(folder / "user_tower.onnx")
    batch = everyone(model)
    expected = (model.user_vectors(batch, model.history_table(songs)) @ model.item_vectors(songs).T)[0, song]
    model, songs = deepcopy(model).double(), _doubled(songs)
    first = UserArrays(people.age[:1], people.gender[:1], people.country[:1])
    listener = Listener(histories.of(0), first, np.full(5, np.nan), histories.times_of(0))
    taken, who = Songs(model, songs, ["a", "b", "c"]), Who(model, people, [])
    own, told = who.sides(first, 0, "unknown")
    heard, at = history_of(model, songs, serving, listener, own.base[: model.users.dim])
    assert at.tolist() == histories.of(0).tolist()
    played = taken.played(song)
    parts = taken.parts(Weighed.one(song), played)
    score = PresenceScore(model, taken, heard, own, told, Side.between(torch.zeros_like(parts), parts), played)
    there = torch.ones(1, sum(score.sizes), dtype=torch.float64)
    assert float(score(there)) == pytest.approx(float(expected), abs=1e-4)
    without = there.clone()
    without[0, 0] = 0.0
    assert float(score(without)) != pytest.approx(float(expected), abs=1e-4)


def _doubled(songs: SongTensors) -> SongTensors:
    names = ("sound", "has_id", "alone", "heat")
    return replace(songs, **{name: getattr(songs, name).double() for name in names})
