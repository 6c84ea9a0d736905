"""From trained towers to the model that is judged or served: what stands beside them, and what is played now."""

from dataclasses import asdict, dataclass
from typing import Any

from engine.config import Settings
from engine.data.prepared import Prepared
from engine.training.blend import Choices, Say, blend
from engine.training.choose_blend import choose
from engine.training.heat import Heats, fit_heat, with_heat
from engine.training.loop import Trained


@dataclass(frozen=True)
class Chosen:
    """What held-out plays chose: of the parts beside the towers (None without them), and of heat.

    `heat` is what validation chose, `heat_served` what all held-out plays did; None where nothing is to be served.
    """

    parts: Choices | None
    heat: Heats
    heat_served: Heats | None = None

    def described(self) -> dict[str, Any]:
        """Give it as a manifest holds it."""
        return {
            "parts": None if self.parts is None else asdict(self.parts),
            "heat": self.heat.described(),
            **({} if self.heat_served is None else {"heat_served": self.heat_served.described()}),
        }


def finish(
    prepared: Prepared,
    trained: Trained,
    settings: Settings,
    say: Say = lambda text: None,
    to_serve: bool = False,
) -> tuple[Trained, Chosen]:
    """Choose by the validation plays what stands beside the towers, fit it to the train plays, and put it there.

    Where a model is `to_serve` with what is chosen here, test plays say too how much what is played now counts in it.
    """
    parts = choose(prepared, trained, settings, say)
    trained = blend(prepared, trained, parts, settings, say)
    heat, heat_served = Heats(), Heats() if to_serve else None
    if settings.blend.heat:
        heat = fit_heat(prepared, trained, say)
        heat_served = fit_heat(prepared, trained, say, to_serve=True) if to_serve else None
    return with_heat(prepared, trained, heat), Chosen(parts, heat, heat_served)


def finish_like(
    prepared: Prepared, trained: Trained, chosen: Chosen, settings: Settings, say: Say = lambda text: None
) -> Trained:
    """Fit to the train plays of `prepared` what was chosen elsewhere."""
    heat = chosen.heat if chosen.heat_served is None else chosen.heat_served
    return with_heat(prepared, blend(prepared, trained, chosen.parts, settings, say), heat)
