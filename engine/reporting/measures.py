"""What each metric is called, what it says in plain words, and how its values are written."""

import math
from dataclasses import dataclass

from engine.reporting.words import one_line


@dataclass(frozen=True)
class Measure:
    """How a metric is shown.

    `says` completes "how …" or "what …" as a sentence of its own; `better` is `higher`, `lower` or, where more is
    neither good nor bad, empty. Shares are written as percentages.
    """

    title: str
    says: str = ""
    better: str = "higher"
    share: bool = False
    digits: int = 3

    @property
    def format(self) -> str:
        """Format of values, as d3 has it."""
        return ".1%" if self.share else f".{self.digits}f"

    @property
    def ticks(self) -> str:
        """The same for an axis, where 50.0% would say no more than 50%."""
        return ".1~%" if self.share else self.format

    def write(self, value: float | None) -> str:
        """Write a value, or a dash where there is none."""
        if value is None or not math.isfinite(value):
            return "–"
        text = f"{value:.1%}" if self.share else f"{value:.{self.digits}f}"
        return text.replace("-", "−")

    def difference(self, value: float | None) -> str:
        """Write a difference of two values with its sign; of shares, in percentage points."""
        if value is None or not math.isfinite(value):
            return "–"
        text = f"{100 * value:+.1f} points" if self.share else f"{value:+.{self.digits}f}"
        return text.replace("-", "−")

    def interval(self, low: float | None, high: float | None, signed: bool = False) -> str:
        """Write a 95 % interval in brackets, or nothing where there is none."""
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            return ""
        if not signed:
            return f"[{self.write(low)}, {self.write(high)}]"
        low_text, high_text = (self.difference(bound).removesuffix(" points") for bound in (low, high))
        return f"[{low_text}, {high_text}]"


_HEARD_LATER = "the songs that listeners went on to play"
MEASURES = {
    "ndcg@10": Measure("NDCG@10", f"how high {_HEARD_LATER} stand among the first ten; 1 would be perfect"),
    "recall@20": Measure("Recall@20", f"which share of {_HEARD_LATER} is among the first twenty", share=True),
    "map@20": Measure("MAP@20", f"how many of the songs down to each of {_HEARD_LATER} are hits, among twenty"),
    "mrr@10": Measure("MRR@10", "how early the first hit comes: 1 in the first place, 0.5 in the second"),
    "hit_rate@10": Measure("Hit rate@10", "which share of listeners has at least one hit among ten", share=True),
    "discovery_ndcg@10": Measure("Discovery NDCG@10", "NDCG@10 for songs that the listener had not played before"),
    "repeat_ndcg@10": Measure("Repeat NDCG@10", "NDCG@10 for songs that the listener plays again"),
    "coverage@20": Measure("Coverage@20", "which share of the catalogue is recommended to anyone", share=True),
    "novelty@20": Measure("Novelty@20", "how rarely played the recommended songs are, in bits", better="", digits=2),
    "diversity@20": Measure("Diversity@20", "how different the songs of one list are from each other", better=""),
    "popularity_lift@20": Measure(
        "Popularity lift@20",
        "how much more popular the recommended songs are than those the listener plays; 0 is no more",
        better="",
        digits=2,
    ),
    "auc": Measure("ROC AUC", "how often a song that was played gets a higher chance than one that was not"),
    "pr_auc": Measure("PR AUC", "the same with weight on the top: precision averaged over recall"),
    "log_loss": Measure("Log loss", "how far the chances are from what happened, in nats", better="lower"),
    "ece": Measure("Calibration error", "how far predicted chances are from observed shares", better="lower"),
    "rmse": Measure("RMSE", "typical error of the number of plays, in logarithms", better="lower"),
    "mae": Measure("MAE", "mean error of the number of plays, in logarithms", better="lower"),
    "r2": Measure("R²", "which share of the variance of plays is foretold"),
    "spearman": Measure("Spearman", "how well the order of plays is foretold"),
}
HEADLINE = ("ndcg@10", "recall@20", "hit_rate@10")

_MODELS = {
    "lhydra": "Lhydra",
    "popularity": "Popularity",
    "decayed popularity": "Decayed popularity",
    "item-knn": "ItemKNN",
    "ease": "EASE",
    "ials": "iALS",
}
OURS = "lhydra"


def measure(name: str) -> Measure:
    """How a metric is shown; one that is not known here goes by its own name."""
    return MEASURES.get(name) or Measure(one_line(name, 40).replace("_", " "))


def model_name(name: str) -> str:
    """Write a model's name as its field does."""
    return _MODELS.get(name, one_line(name, 40))
