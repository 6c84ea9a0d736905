"""Several networks trained apart and put side by side as one: the mean of their scores errs less than each alone.

Each starts and draws by a seed of its own, so that they err differently (an ensemble as in Hansen & Salamon, "Neural
Network Ensembles", 1990). Towers that only sum embeddings have the mean of their scores as one dot product of longer
vectors, so that what is served is a network like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from engine.config import Settings
from engine.data.prepared import Prepared
from engine.model.hybrid import TwoTower
from engine.training.loop import Progress, Trained, passes_on_everything, train

Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Members:
    """The runs, one a member, and the network that they make together; its curve is the first one's."""

    runs: tuple[Trained, ...]
    joined: Trained


def train_members(
    prepared: Prepared,
    settings: Settings,
    out: Path,
    resume: Literal["no", "yes", "if it fits"] = "no",
    on_progress: Watch = lambda progress: None,
    like: tuple[Prepared, Members] | None = None,
) -> Members:
    """Train `settings.model.members` networks, the first in `out`, each further one in a folder in it.

    Parameters
    ----------
    like
        Train as many passes on all of these plays as those runs took on the train plays of theirs, see `train`.

    Raises
    ------
    DataError, SettingsError, TrainingError
        As of `train`.
    """
    count = settings.model.side_by_side
    runs = []
    for number in range(count):
        own = settings.model_copy(update={"seed": settings.seed + number})
        folder = out if not number else out / f"member-{number + 1}"
        passes, curve = None, None
        if like is not None:
            passes, curve = passes_on_everything(like[0], like[1].runs[number]), like[1].runs[number].curve

        def said(progress: Progress, number: int = number) -> None:
            on_progress(replace(progress, member=(number + 1, count)))

        runs.append(train(prepared, own, folder, resume, said, passes, curve))
    return Members(tuple(runs), _joined(runs, settings))


def _joined(runs: list[Trained], settings: Settings) -> Trained:
    if len(runs) == 1:
        return runs[0]
    towers = [run.model for run in runs]
    model = TwoTower(towers[0].sizes, settings.model).to(runs[0].songs.heat.device)
    states = [tower.state_dict() for tower in towers]
    joined = {}
    for name, whole in model.state_dict().items():
        parts = [state[name] for state in states]
        if whole.shape == parts[0].shape:  # biases and what no member has learnt
            joined[name] = torch.stack(parts).mean(dim=0) if whole.is_floating_point() else parts[0]
        elif name.startswith("items."):  # vectors, and the content's bias in the last place
            vectors = torch.cat([part[..., :-1] for part in parts], dim=-1) / len(parts)
            joined[name] = torch.cat([vectors, torch.stack([part[..., -1:] for part in parts]).mean(dim=0)], dim=-1)
        else:
            joined[name] = torch.cat(parts, dim=-1)
    model.load_state_dict(joined)
    return replace(runs[0], model=model.eval(), seconds=sum(run.seconds for run in runs))
