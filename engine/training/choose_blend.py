"""Choose by the validation plays what stands beside the towers, and how much it counts."""

from dataclasses import replace

from engine.config import Settings
from engine.data.prepared import Prepared
from engine.model.least_squares import LeastSquares
from engine.model.towers import Sizes
from engine.training.blend import MOST_SCORES, MOST_USERS, THOROUGH, Choices, Say, wanted
from engine.training.choose_new_songs import choose_new_songs
from engine.training.climb import climb
from engine.training.data import TrainingData
from engine.training.judge import Judge, judged_users
from engine.training.least_squares import RATIOS, fit_factors, least_squares_part
from engine.training.loop import Trained
from engine.training.new_songs import NewSongs
from engine.training.newcomers import choose_smoothing

# Of least squares beside the towers, in standard deviations of their scores.
SHARES = (0.0, 0.1, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 2.0)
QUICK = 6  # iterations of least squares
LEAST_GAIN = 0.005  # of NDCG@10, relative: less is noise, and simpler is better


def choose(prepared: Prepared, trained: Trained, settings: Settings, say: Say = lambda text: None) -> Choices | None:
    """Choose by NDCG@10 on what the loop validates by; None where the layout or the settings want no blend."""
    if not wanted(settings):
        return None
    data, sizes = TrainingData.from_prepared(prepared, trained.songs.heat.device), trained.model.sizes
    choices = Choices()
    if len(judged_users(data, data.held_out)):
        judge = Judge(trained, data, data.held_out)

        def alone(ratio: float) -> float:
            return judge.ndcg(least_squares=_factors(data, sizes, settings, ratio, QUICK, say), towers=0.0)

        part = None
        if settings.blend.factors:
            ratio = climb(RATIOS, choices.ratio, alone)
            part = _factors(data, sizes, settings, ratio, THOROUGH, say)
            reached = {share: judge.ndcg(least_squares=part, share=share) for share in SHARES}
            share = max(reached, key=lambda s: reached[s])
            if reached[share] < reached[0.0] * (1 + LEAST_GAIN):
                share = 0.0
            choices = replace(choices, ratio=ratio, share=share)
        beside = (part if choices.share else None), choices.share
        new = NewSongs.that_came(prepared, trained, data, *beside) or NewSongs.hidden(judge, *beside)
        choices = choose_new_songs([new], choices, settings.blend.artists, say)
    if settings.blend.newcomers:
        say("what newcomers play")
        most = max(min(MOST_USERS, MOST_SCORES // max(sizes.songs, 1)), 1)
        smoothing = choose_smoothing(data.histories, data.demographics, sizes.songs, most)
        choices = replace(choices, smoothing=smoothing)
    return choices


def choose_to_serve(
    prepared: Prepared, trained: Trained, choices: Choices | None, settings: Settings, say: Say = lambda text: None
) -> Choices | None:
    """Choose what new songs are scored by anew, by the test plays too, which come after the validation plays.

    For what is served, not what is judged. Which songs come, and to whom they matter, changes with the moment. Without
    times, or where too few people played what came, `choices` stay.
    """
    if choices is None or prepared.info["split"] != "temporal":
        return choices
    windows = []
    for plays in (prepared, prepared.later()):
        data = TrainingData.from_prepared(plays, trained.songs.heat.device)
        part, sizes = None, trained.model.sizes
        if choices.share:
            part = _factors(data, sizes, settings, choices.ratio, THOROUGH, say)
        window = NewSongs.that_came(plays, trained, data, part, choices.share)
        if window is None:
            return choices
        windows.append(window)
    return choose_new_songs(windows, choices, settings.blend.artists, say)


def _factors(
    data: TrainingData, sizes: Sizes, settings: Settings, ratio: float, iterations: int, say: Say
) -> LeastSquares:
    """Fit least squares to the train plays alone, for songs that have some."""
    say(f"least squares, regularisation {ratio:g}")
    found = fit_factors(data.histories, sizes.songs, settings.blend.factors, ratio, iterations, settings.seed)
    return least_squares_part(sizes, found, None, 1.0)
