"""Logs for TensorBoard: the loss of each batch, the row of the curve a pass, over the number of batches so far."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

_TAGS = {
    "loss": "pass/loss",
    "ndcg@10": "validation/ndcg_at_10",
    "learning_rate": "pass/learning_rate",
    "songs_per_second": "pass/songs_per_second",
}


class TensorBoard:
    """Writes into `folder`; silent without one."""

    def __init__(self, folder: Path | None, first_step: int = 0) -> None:
        """Begin at a step; what an interrupted run had logged from there on is hidden."""
        self._writer = None
        if folder is not None:
            from torch.utils.tensorboard import SummaryWriter  # here, as only training with logs needs it

            self._writer = SummaryWriter(str(folder), purge_step=first_step)

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def step(self, step: int, loss: float) -> None:
        """Log the loss of a batch."""
        if self._writer is not None:
            self._writer.add_scalar("batch/loss", loss, step)

    def epoch(self, step: int, row: Mapping[str, float]) -> None:
        """Log a row of the curve, as of a step."""
        if self._writer is None:
            return
        for name, tag in _TAGS.items():
            if row[name] == row[name]:  # not NaN: no validation in this pass
                self._writer.add_scalar(tag, row[name], step)
        self._writer.flush()
