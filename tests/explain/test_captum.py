"""What Captum is asked: presences are its integrated gradients on embeddings, one thread at a time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor, nn

from engine import Engine
from engine.explain import explainer
from engine.explain.ask import explainer_of
from engine.explain.attribution import attribute
from engine.explain.explainer import Explainer
from engine.explain.score import PresenceScore

Pairs = list[tuple[str, str]]


class Embedded(nn.Module):
    """The same score with the song's parts in an embedding table: its own, then the baseline's."""

    def __init__(self, score: PresenceScore) -> None:
        super().__init__()
        self.score = score
        parts, width = score._song.change.shape
        shared = score._song.base / parts
        self.parts = nn.Embedding(2 * parts, width, dtype=torch.float64)
        with torch.no_grad():
            self.parts.weight.copy_(torch.cat([shared + score._song.change, shared.expand(parts, width)]))
        self.heard, self.who = nn.Identity(), nn.Identity()

    def forward(self, entries: Tensor, heard: Tensor, who: Tensor) -> Tensor:
        listener = self.score.listener(self.heard(heard), self.who(who))
        vectors, now = self.score._songs.finish(self.parts(entries).sum(dim=1), self.score._played)
        none = torch.zeros(len(listener), self.score.sizes[2], dtype=torch.float64)
        return self.score._model.score_pairs(listener, vectors) + now - self.score._scored(listener, none)


def test_presences_are_layer_integrated_gradients_on_embeddings(engine: Engine, pairs: Pairs):
    user, song = pairs[2]
    score, _ = explainer_of(engine).score(engine.listener(user), engine.song_position(song), ("average", "average"))
    wrapped = Embedded(score)
    songs, who, parts = score.sizes
    entries = torch.arange(2 * parts).unsqueeze(0)
    ones = [torch.ones(1, n, dtype=torch.float64, requires_grad=True) for n in (songs, who)]
    found = LayerIntegratedGradients(wrapped, [wrapped.parts, wrapped.heard, wrapped.who]).attribute(
        (entries[:, :parts], *ones),
        baselines=(entries[:, parts:], *(torch.zeros_like(one) for one in ones)),
        n_steps=64,
    )
    embedded, heard, told = found
    expected = torch.cat([heard[0], told[0], embedded[0].sum(dim=1)]).detach().numpy()
    np.testing.assert_allclose(attribute(score, "integrated_gradients").each, expected, atol=1e-6)


def test_eight_threads_give_what_one_gives(engine: Engine, pairs: Pairs):
    asked = [(*pair, method) for pair in pairs for method in ("integrated_gradients", "gradient_shap")] * 2

    def ask(one: tuple[str, str, str]) -> np.ndarray:
        return engine.explain(one[0], one[1], method=one[2]).groups["attribution"].to_numpy()

    alone = [ask(one) for one in asked]
    with ThreadPoolExecutor(8) as pool:
        for together, expected in zip(pool.map(ask, asked), alone, strict=True):
            np.testing.assert_array_equal(together, expected)


def test_gradient_shap_leaves_numpys_generator_as_it_was(engine: Engine, pairs: Pairs):
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    engine.explain(*pairs[0], method="gradient_shap")
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_a_network_that_has_learnt_nothing_is_explained_otherwise(engine: Engine, pairs: Pairs):
    from engine.explain.faithfulness import rank_correlation

    explainer: Explainer = explainer_of(engine)
    blank = explainer.with_random_weights(0)
    likeness = []
    for user, song in pairs[:4]:
        asked = engine.listener(user), engine.song_position(song), "integrated_gradients", ("average", "average")
        learnt, shuffled = (e.explain(*asked).found.each for e in (explainer, blank))
        likeness.append(abs(rank_correlation(learnt, shuffled)))
    assert np.mean(likeness) < 0.5
    after = explainer.explain(*asked).found.each
    np.testing.assert_array_equal(after, learnt)  # the engine's own network is as it was


@pytest.mark.parametrize("listener_is", ["average", "unknown", "peers"])
@pytest.mark.parametrize("song_is", ["average", "popular"])
def test_every_baseline_adds_up(engine: Engine, pairs: Pairs, listener_is: str, song_is: str):
    for user, song in pairs:
        found = explainer_of(engine).explain(
            engine.listener(user), engine.song_position(song), "integrated_gradients", (listener_is, song_is)
        )
        total = sum(found.groups.values())
        assert total == pytest.approx(found.found.score - found.found.baseline_score, rel=0.01)


def test_an_explanation_takes_one_thread_and_gives_the_others_back(
    engine: Engine, pairs: Pairs, monkeypatch: pytest.MonkeyPatch
):
    taken: list[int] = []

    def noted(*question):
        taken.append(torch.get_num_threads())
        return attribute(*question)

    monkeypatch.setattr(explainer, "attribute", noted)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        engine.explain(*pairs[0])
        assert (taken, torch.get_num_threads()) == ([1], 3)
    finally:
        torch.set_num_threads(before)
