from pathlib import Path

import numpy as np
import pytest
import torch

from engine.config import PredictionSettings, Settings, load_settings
from engine.data.pair_facts import FACTS
from engine.errors import BundleError
from engine.model.export_head import OUTPUTS, export_head, load_head, measure_head, save_head
from engine.model.export_onnx import LARGEST_DIFFERENCE
from engine.model.heads import FROM_VECTORS, PairInputs, PredictionHead, PredictionLayer
from engine.model.wide_layer import WideLayer
from engine.model.write_onnx import write_onnx


def layer(settings: Settings, counts: bool, vectors: bool = True) -> PredictionLayer:
    torch.manual_seed(0)
    made = PredictionLayer(settings.model.dim, len(FACTS), settings.head, counts, vectors)
    with torch.no_grad():
        for buffer in (made.inputs.rotation, made.inputs.mean):
            buffer.normal_()
        made.slope.fill_(0.7)
        made.intercept.fill_(-0.4)
        made.centre.fill_(1.5)
    return made.eval()


@pytest.fixture
def settings() -> Settings:
    return load_settings(None, ["model.dim=4", "head.hidden=[5, 3]", "head.folds=2", "head.batch_norm=true"])


def test_numbers_of_a_pair_by_hand() -> None:
    user, item = torch.tensor([[3.0, 4.0, 1.0]]), torch.tensor([[1.0, 0.0, 0.5]])
    numbers = PairInputs(user.shape[1] - 1, 1).numbers(user, item, torch.tensor([[9.0]]))[0]
    assert dict(zip(FROM_VECTORS, numbers.tolist(), strict=False)) == pytest.approx(
        {"score": 3 + 0.5, "cosine": 3 / 5, "bias": 0.5, "user_length": 5.0, "song_length": 1.0}
    )
    assert numbers[-1] == 9


def test_a_head_without_layers_is_a_scaled_score_and_a_line() -> None:
    head = PredictionHead(2, PredictionSettings(hidden=()))
    with torch.no_grad():
        for parameter in head.dense.parameters():
            parameter.fill_(0.5)
        head.scale.fill_(2.0)
    user, item = torch.tensor([[1.0, 2.0, 1.0]]), torch.tensor([[3.0, 1.0, 0.5]])
    both = 3 + 2 + 0.5
    assert head(user, item).item() == pytest.approx(0.5 * (4 + 4.5 + both) + 0.5 + 2 * both)


def test_the_layer_is_the_calibrated_average_of_its_heads(settings: Settings) -> None:
    made = layer(settings, counts=True)
    users, items, facts = torch.randn(6, 5), torch.randn(6, 5), torch.randn(6, len(FACTS))
    pairs = made.inputs(users, items, facts)
    logits = sum(head(*pairs) for head in made.play) / 4
    probability, log_plays = made(users, items, facts)
    torch.testing.assert_close(probability, torch.sigmoid(0.7 * logits - 0.4))
    torch.testing.assert_close(log_plays, 1.5 + sum(head(*pairs) for head in made.plays) / 4)


@pytest.mark.parametrize("plan", ["hidden=[5, 3]", "hidden=[7]", "hidden=[]", "with_score=false"])
@pytest.mark.parametrize(("counts", "vectors"), [(True, True), (False, True), (True, False)])
def test_what_is_served_says_what_the_layer_says(plan: str, counts: bool, vectors: bool) -> None:
    quick = ["model.dim=4", "head.folds=2", "head.batch_norm=true", f"head.{plan}"]
    made = layer(load_settings(None, quick), counts, vectors)
    with torch.no_grad():
        for name, buffer in made.named_buffers():
            if "running" in name:  # as a fit leaves them, else a norm does nothing
                buffer.uniform_(0.5, 2.0)
    user, items, facts = torch.randn(1, 5), torch.randn(6, 5), torch.randn(6, len(FACTS))
    said = WideLayer(made).eval()(user, items, facts)
    for one, other in zip(said, made(user.expand(6, -1), items, facts), strict=True):
        torch.testing.assert_close(one, other)


def test_an_older_bundle_s_graph_reads_a_user_a_song_and_is_verified_too(settings: Settings, tmp_path: Path) -> None:
    made = layer(settings, counts=True)
    inputs = {"users": torch.randn(3, 5), "items": torch.randn(3, 5), "facts": torch.randn(3, len(FACTS))}
    pairs = torch.export.Dim("pairs")
    write_onnx(made, inputs, {name: {0: pairs} for name in inputs}, OUTPUTS, tmp_path / "head.onnx")
    assert measure_head(made, tmp_path / "head.onnx") < LARGEST_DIFFERENCE


@pytest.mark.parametrize(("counts", "vectors"), [(True, True), (False, False)])
def test_an_exported_layer_agrees_with_torch_and_comes_back(
    settings: Settings, tmp_path: Path, counts: bool, vectors: bool
) -> None:
    made = layer(settings, counts, vectors)
    assert export_head(made, tmp_path / "head.onnx") < LARGEST_DIFFERENCE
    save_head(made, tmp_path / "head.safetensors")
    back = load_head(tmp_path / "head.safetensors", settings, counts, vectors)
    assert measure_head(back, tmp_path / "head.onnx") < LARGEST_DIFFERENCE
    with pytest.raises(BundleError, match="doesn't fit"):
        load_head(tmp_path / "head.safetensors", settings, not counts, vectors)
    with torch.no_grad():
        back.intercept += 1
    with pytest.raises(BundleError, match="differs from torch"):
        measure_head(back, tmp_path / "head.onnx")
    assert np.isfinite(float(back.slope))
