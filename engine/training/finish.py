"""From trained towers to the model that is judged or served: what stands beside them, and what is played now."""

from dataclasses import asdict, dataclass
from typing import Any

from engine.config import Settings
from engine.data.prepared import Prepared
from engine.training.blend import Choices, Say, blend
from engine.training.choose_blend import choose, choose_to_serve
from engine.training.heat import Heats, fit_heat, with_heat
from engine.training.loop import Trained


@dataclass(frozen=True)
class Chosen:
    """What held-out plays chose: of the parts beside the towers (None without them), and of heat.

    Validation plays chose these; `served` is what all held-out plays chose, None where nothing is to be served.
    """

    parts: Choices | None
    heat: Heats
    served: "Chosen | None" = None

    def described(self) -> dict[str, Any]:
        """Give it as a manifest holds it."""
        own = {"parts": None if self.parts is None else asdict(self.parts), "heat": self.heat.described()}
        served = {} if self.served is None else self.served.described()
        return own | {f"{name}_served": value for name, value in served.items()}


def finish(
    prepared: Prepared,
    trained: Trained,
    settings: Settings,
    say: Say = lambda text: None,
    to_serve: bool = False,
) -> tuple[Trained, Chosen]:
    """Choose by the validation plays what stands beside the towers, fit it to the train plays, and put it there.

    Where a model is `to_serve` with what is chosen here, test plays say too how much what is played now counts in it,
    and what new songs are scored by.
    """
    parts = choose(prepared, trained, settings, say)
    judged = blend(prepared, trained, parts, settings, say)
    heat = fit_heat(prepared, judged, say) if settings.blend.heat else Heats()
    served = _to_serve(prepared, trained, judged, parts, settings, say) if to_serve else None
    return with_heat(prepared, judged, heat), Chosen(parts, heat, served)


def _to_serve(
    prepared: Prepared, trained: Trained, judged: Trained, parts: Choices | None, settings: Settings, say: Say
) -> Chosen:
    """Choose anew by all held-out plays; `judged` is `trained` with `parts` beside it."""
    served = choose_to_serve(prepared, trained, parts, settings, say)
    if not settings.blend.heat:
        return Chosen(served, Heats())
    with_parts = judged if served == parts else blend(prepared, trained, served, settings, say)
    return Chosen(served, fit_heat(prepared, with_parts, say, to_serve=True))


def finish_like(
    prepared: Prepared, trained: Trained, chosen: Chosen, settings: Settings, say: Say = lambda text: None
) -> Trained:
    """Fit to the train plays of `prepared` what was chosen elsewhere."""
    best = chosen.served or chosen
    return with_heat(prepared, blend(prepared, trained, best.parts, settings, say), best.heat)
