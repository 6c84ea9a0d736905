import numpy as np
import pytest

from engine.training.conditional_logit import ChoiceSet, fit_conditional_logit

NOTHING = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)


def test_weights_that_choices_were_made_by_are_found_again() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(3_000, 40)).astype(np.float32)
    features = rng.normal(size=(40, 3))
    wanted = 0.7 * scores + features @ [0.9, 0.0, 0.3]
    song = (wanted + rng.gumbel(size=wanted.shape)).argmax(axis=1)  # how the choices of a conditional logit come about
    trust, weights = fit_conditional_logit([ChoiceSet(scores, features, NOTHING, (np.arange(3_000), song))], pull=1e-3)
    assert trust == pytest.approx(0.7, abs=0.06)
    np.testing.assert_allclose(weights, [0.9, 0.0, 0.3], atol=0.06)


def test_one_choice_between_two_songs_is_a_logistic_regression() -> None:
    # Three users choose the song that has the feature, one the other: log(3 / 1).
    rows, song = np.arange(4), np.array([0, 0, 0, 1])
    scores, features = np.zeros((4, 2), dtype=np.float32), np.array([[1.0], [0.0]])
    _, weights = fit_conditional_logit([ChoiceSet(scores, features, NOTHING, (rows, song))], pull=1e-9)
    assert weights[0] == pytest.approx(np.log(3), abs=1e-3)
    # Of a song that can't be chosen nothing is learnt, and what speaks against a song has no weight.
    third = np.zeros((4, 3), dtype=np.float32)
    barred = rows, np.full(4, 2)
    features = np.array([[1.0, 0.0], [0.0, 1.0], [9.0, 0.0]])
    _, weights = fit_conditional_logit([ChoiceSet(third, features, barred, (rows, song))], pull=1e-9)
    np.testing.assert_allclose(weights, [np.log(3), 0.0], atol=1e-3)


def test_few_users_are_not_believed_much() -> None:
    first = np.array([0]), np.array([0])
    one = ChoiceSet(np.zeros((1, 50), dtype=np.float32), np.eye(50)[:, :1], NOTHING, first)
    assert fit_conditional_logit([one], pull=1e-6)[1][0] > 5
    assert fit_conditional_logit([one], pull=1.0)[1][0] < 1


def test_choices_apart_say_what_they_say_together() -> None:
    rng = np.random.default_rng(1)
    scores, features = rng.normal(size=(60, 20)).astype(np.float32), rng.normal(size=(20, 2))
    song = (scores + features @ [1.0, 0.5] + rng.gumbel(size=scores.shape)).argmax(axis=1)
    together = fit_conditional_logit([ChoiceSet(scores, features, NOTHING, (np.arange(60), song))], pull=0.1)
    turned = np.argsort(rng.random(20))  # the songs of the second half, in another order
    apart = [
        ChoiceSet(scores[:30], features, NOTHING, (np.arange(30), song[:30])),
        ChoiceSet(scores[30:][:, turned], features[turned], NOTHING, (np.arange(30), np.argsort(turned)[song[30:]])),
    ]
    trust, weights = fit_conditional_logit(apart, pull=0.1)
    assert trust == pytest.approx(together[0], abs=1e-2)
    np.testing.assert_allclose(weights, together[1], atol=1e-2)
