"""Every layout of the network: what its parts do, and that training, serving and the export say the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from test_towers import SIZES, catalogue

from engine.config import ModelSettings, Settings, load_settings
from engine.data.batches import UserBatch, inference_batches
from engine.data.features import UserArrays
from engine.data.histories import UNDATED, Histories
from engine.errors import SettingsError
from engine.model.export_onnx import LARGEST_DIFFERENCE, ServingUserTower, export_towers
from engine.model.hybrid import TwoTower, set_bias
from engine.model.padded import pad
from engine.model.scoring import AllPairs
from engine.model.towers import Sizes
from engine.model.weights import load_weights, save_weights

SPAN = 1_000_000_000
TIMED = replace(SIZES, users=4, span=SPAN)
LAYOUTS: dict[str, dict] = {
    "mean": {},
    "fading": {"recency_half_life": 0.1},
    "attention": {"history": "attention"},
    "attention alone": {"history": "attention", "demographics": False, "id_embedding": False, "history_length": 3},
    "no history": {"history": "none", "user_id": True},
    "ids alone": {"item_features": False, "history_features": False, "bias": False, "demographics": False},
    "dense": {"dense": (12, 6), "batch_norm": True, "user_id": True},
    "head": {"score": "head", "dense": (12,), "batch_norm": True, "history": "none", "user_id": True},
    "normalised head": {"score": "head", "score_head": {"hidden": (5, 3), "batch_norm": True}},
    "linear head": {"score": "head", "score_head": {"hidden": ()}},
}


def network(layout: str, sizes: Sizes = TIMED) -> TwoTower:
    torch.manual_seed(0)
    model = TwoTower(sizes, ModelSettings(dim=8, **LAYOUTS[layout]))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None:
            with torch.no_grad():
                module.weight[0] = 0
        if isinstance(module, torch.nn.BatchNorm1d):  # as if it had seen something
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return model.eval()


def listeners() -> tuple[Histories, UserArrays]:
    """Four users; one without songs, one without times."""
    histories = Histories(
        np.array([0, 5, 5, 7, 10]),
        np.array([1, 4, 6, 8, 11, 2, 3, 0, 5, 9]),
        np.array([5, 900, 20, 600, 33, UNDATED + 2, UNDATED + 1, 700, 10, UNDATED]) * np.int64(1),
    )
    times = np.where(histories.played_at >= 0, histories.played_at * 1_000_000, histories.played_at)
    people = UserArrays(np.array([1, 2, 0, 3]), np.array([0, 1, 2, 1]), np.array([3, 0, 1, 2]))
    return replace(histories, played_at=times), people


def everyone(model: TwoTower) -> UserBatch:
    histories, people = listeners()
    (batch,) = inference_batches(histories, people, np.arange(4), 4, model.timed)
    return batch


def vectors(model: TwoTower) -> torch.Tensor:
    return model.user_vectors(everyone(model), model.history_table(catalogue()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_export_agrees_with_torch_and_reads_no_more_than_the_layout(layout: str, tmp_path: Path) -> None:
    model = network(layout)
    parity = export_towers(model, catalogue(), tmp_path)
    assert max(parity.measured().values()) < LARGEST_DIFFERENCE
    assert (parity.score is not None) == (model.head is not None)
    session = onnxruntime.InferenceSession(tmp_path / "user_tower.onnx")
    expected: set[str] = set()
    if model.users.history is not None:
        expected |= {"history", "weight"}
    if model.timed:
        expected |= {"played_at"}
    if model.users.demographics:
        expected |= {"age", "gender", "country"}
    if model.users.user is not None:
        expected |= {"ids"}
    assert {i.name for i in session.get_inputs()} == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_training_and_serving_give_the_same_scores(layout: str) -> None:
    model, songs = network(layout), catalogue()
    batch = everyone(model)
    trained = model(batch, songs, torch.ones(30)).scores()
    some = torch.tensor([0, 7, 26])
    torch.testing.assert_close(model(batch, songs, torch.ones(30), some).scores(), trained[:, some])
    items = model.item_vectors(songs)
    torch.testing.assert_close(model.score_all(vectors(model), songs, items), trained, rtol=1e-4, atol=1e-4)
    padded = pad(batch, 3 if layout == "attention alone" else None)
    served = ServingUserTower(model, model.history_table(songs))(
        padded.songs, padded.heard, padded.played_at, batch.age, batch.gender, batch.country, batch.ids
    )
    torch.testing.assert_close(served, vectors(model), rtol=1e-4, atol=1e-5)
    assert (served[:, -1] == 1).all()


@pytest.mark.parametrize("layout", ["head", "normalised head", "linear head", "mean"])
def test_pairs_score_as_in_the_whole(layout: str) -> None:
    model, songs = network(layout), catalogue()
    users, items = vectors(model), model.item_vectors(songs)
    rows, places = torch.tensor([0, 0, 3]), torch.tensor([[1, 29], [2, 4], [0, 5]])
    whole = model.score_all(users, songs, items)
    one_by_one = model.score_pairs(users.repeat_interleave(30, 0), items.repeat(4, 1)).reshape(4, 30)
    torch.testing.assert_close(whole, one_by_one, rtol=1e-4, atol=1e-5)
    encoded = model(everyone(model), songs, torch.ones(30))
    torch.testing.assert_close(encoded.pairs(rows, places), whole[rows[:, None], places], rtol=1e-4, atol=1e-5)


def test_all_pairs_in_blocks_are_all_pairs_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, songs = network("head"), catalogue()
    users, items = vectors(model), model.item_vectors(songs)
    whole = AllPairs(model.head)(users, items)
    for most in (64, 64 * 45, 64 * 1_000):
        monkeypatch.setattr("engine.model.scoring.MOST_HIDDEN", most)
        torch.testing.assert_close(AllPairs(model.head).blockwise(users, items), whole)


def test_heat_counts_once_whatever_scores() -> None:
    for layout in ("mean", "head"):
        model, songs = network(layout), catalogue()
        hot = replace(songs, heat=torch.linspace(0, 3, 30))
        scores = [model.score_all(vectors(model), s, model.item_vectors(s)) for s in (songs, hot)]
        torch.testing.assert_close(scores[1] - scores[0], hot.heat.expand(4, -1), rtol=1e-3, atol=1e-4)


def test_an_unknown_user_is_read_as_one_without_an_id() -> None:
    model = network("no history")
    batch = everyone(model)
    known = vectors(model)
    nobody = model.user_vectors(replace(batch, ids=torch.zeros(4, dtype=torch.int64)), model.history_table(catalogue()))
    none = model.user_vectors(replace(batch, ids=None), model.history_table(catalogue()))
    assert torch.equal(nobody, none)
    assert torch.equal(known[1], none[1])  # the user without songs has no id even when asked for
    assert not torch.allclose(known[0], none[0])
    torch.testing.assert_close((known - none)[0, :-1], model.users.user.weight[1])


def test_a_history_counts_neither_its_order_nor_when_someone_asks() -> None:
    for layout in ("fading", "attention"):
        model = network(layout)
        batch, table = everyone(model), model.history_table(catalogue())
        order = torch.tensor([4, 2, 0, 1, 3, 6, 5, 7, 9, 8])
        shuffled = replace(batch, shown_songs=batch.shown_songs[order], shown_played_at=batch.shown_played_at[order])
        torch.testing.assert_close(model.user_vectors(shuffled, table), vectors(model))


def test_what_was_not_shown_does_not_matter() -> None:
    model, songs = network("attention"), catalogue()
    batch = everyone(model)
    later = replace(batch, target_rows=torch.tensor([0]), target_songs=torch.tensor([20]))
    torch.testing.assert_close(model.user_vectors(later, model.history_table(songs)), vectors(model))


def test_attention_looks_at_the_last_songs_alone() -> None:
    model, songs = network("attention alone"), catalogue()
    batch, table = everyone(model), model.history_table(songs)
    before = vectors(model)
    played = batch.shown_played_at[:5]
    oldest, latest = int(played.argmin()), int(played.argmax())
    for place, matters in ((oldest, False), (latest, True)):
        changed = batch.shown_songs.clone()
        changed[place] = 22
        after = model.user_vectors(replace(batch, shown_songs=changed), table)
        assert torch.allclose(after[0], before[0]) != matters


def test_parts_that_are_off_are_not_there() -> None:
    names = {name for name, _ in network("ids alone").named_parameters()}
    assert names == {"items.encoder.song.weight", "users.history.song.weight"}
    assert (network("ids alone").item_vectors(catalogue())[:, -1] == 0).all()
    alone = {name for name, _ in network("attention alone").named_parameters()}
    assert not any("song" in name for name in alone)
    default = set(dict(TwoTower(SIZES, ModelSettings()).named_parameters()))
    assert not any(part in name for name in default for part in ("attention", "dense", "head", "user."))


def test_a_song_with_nothing_known_of_it_needs_no_bias_to_start_from() -> None:
    for layout in ("ids alone", "dense", "attention alone"):
        set_bias(network(layout), catalogue(), np.arange(30.0))


def test_a_new_song_keeps_its_artist_where_songs_have_no_ids() -> None:
    model, songs = network("attention alone"), catalogue()
    torch.testing.assert_close(
        model.item_vectors(songs), model.items(songs.song, songs.artist, songs.genres, songs.sound, songs.has_id),
        rtol=1e-4, atol=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_batch_that_shows_nothing_can_be_scored(layout: str) -> None:
    model, songs = network(layout), catalogue()
    none = torch.empty(0, dtype=torch.int64)
    batch = replace(everyone(model), shown_rows=none, shown_songs=none, shown_played_at=none)
    whole = model(batch, songs, torch.ones(30)).scores()
    assert torch.isfinite(whole).all()
    torch.testing.assert_close(
        model(batch, songs, torch.ones(30), torch.tensor([2, 5])).scores(), whole[:, [2, 5]], rtol=1e-4, atol=1e-5
    )


def test_dense_layers_leave_the_bias_alone() -> None:
    model, songs = network("dense"), catalogue()
    before = model.item_vectors(songs)
    with torch.no_grad():
        model.items.bias.weight += 1
    change = model.item_vectors(songs) - before
    assert (change[:, :-1] == 0).all()
    torch.testing.assert_close(change[:, -1], songs.has_id)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_weights_come_back(layout: str, tmp_path: Path) -> None:
    model = network(layout)
    save_weights(model, tmp_path / "w.safetensors")
    back = load_weights(tmp_path / "w.safetensors", TIMED, ModelSettings(dim=8, **LAYOUTS[layout]))
    assert torch.equal(vectors(back), vectors(model))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_part_of_a_layout_learns(layout: str) -> None:
    model, songs = network(layout).train(), catalogue()
    batch = replace(everyone(model), age=torch.tensor([1, 2, 0, 3]))
    torch.log_softmax(model(batch, songs, torch.ones(30)).scores(), dim=1)[:, 3].sum().backward()
    still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    # A bias that all scores share cancels out in a softmax.
    assert [name for name in still if not name.startswith("head.dense") or not name.endswith("bias")] == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["model.id_embedding=false", "model.item_features=false"], "nothing tells songs apart"),
        (["model.id_embedding=false", "model.history_features=false"], "history: none"),
        (["model.history=none", "model.demographics=false"], "nothing tells users apart"),
        (["model.history=attention", "model.recency_half_life=0.1"], "is for history: mean"),
        (["model.score=head", "train.loss=sampled"], "needs model.score: dot"),
        (["model.dense=[0]"], "greater than or equal to 1"),
        (["model.recency_half_life=0"], "greater than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(settings: list[str], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        load_settings(None, settings)
    assert "value error" not in str(caught.value)


def test_the_original_layout_is_a_preset() -> None:
    from engine.config import PRESETS

    settings = load_settings(PRESETS / "seed.yaml")
    assert isinstance(settings, Settings)
    assert (settings.model.score, settings.model.history, settings.train.loss) == ("head", "none", "bce")
    assert TwoTower(TIMED, settings.model).head.scale is None
