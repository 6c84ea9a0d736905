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
    """What validation chose: of the parts beside the towers (None without them), and of heat."""

    parts: Choices | None
    heat: Heats

    def described(self) -> dict[str, Any]:
        """Give it as a manifest holds it."""
        return {
            "parts": None if self.parts is None else asdict(self.parts),
            "heat": {"known": self.heat.known.described(), "newcomers": self.heat.newcomers.described()},
        }


def finish(
    prepared: Prepared, trained: Trained, settings: Settings, say: Say = lambda text: None
) -> tuple[Trained, Chosen]:
    """Choose by the validation plays what stands beside the towers, fit it to the train plays, and put it there."""
    parts = choose(prepared, trained, settings, say)
    trained = blend(prepared, trained, parts, settings, say)
    heat = fit_heat(prepared, trained, say)
    return with_heat(prepared, trained, heat), Chosen(parts, heat)


def finish_like(
    prepared: Prepared, trained: Trained, chosen: Chosen, settings: Settings, say: Say = lambda text: None
) -> Trained:
    """Fit to the train plays of `prepared` what was chosen elsewhere."""
    return with_heat(prepared, blend(prepared, trained, chosen.parts, settings, say), chosen.heat)
