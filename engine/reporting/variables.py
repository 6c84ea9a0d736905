"""What each variable of the data is called and measured in, and a sentence that says how its values lie."""

import math
from dataclasses import dataclass

import pandas as pd

from engine.reporting.words import GENDERS, KEYS, MODES, WEEKDAYS, one_line


@dataclass(frozen=True)
class Variable:
    """How a variable is shown.

    `unit` follows its values, `times` turns them into that unit, `format` is one of d3's, `counted` is what its
    counts are counts of, where that is not the table's rows, and `names` what its values 0, 1, 2, … are called.
    """

    title: str
    unit: str = ""
    times: float = 1.0
    format: str = ",~r"
    log: bool = False
    counted: str = ""
    names: tuple[str, ...] = ()

    @property
    def axis(self) -> str:
        """Title of an axis of its values."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def write(self, value: float) -> str:
        """Write a value in the data's own unit as people read it, without the unit."""
        if self.names:
            return self.names[round(value) % len(self.names)]
        value *= self.times
        if self.format == ".0%":
            return f"{value:.0%}"
        if self.format == "d":
            return f"{value:.0f}"
        digits = 0 if abs(value) >= 100 or value == round(value) or (self.log and value >= 10) else 1
        return f"{value:,.{digits}f}".replace("-", "−")


_SHARES = ("danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness", "valence")
VARIABLES = {
    "age": Variable("Age", "years", format="d"),
    "gender": Variable("Gender"),
    "country": Variable("Country"),
    "release_year": Variable("Release year", format="d"),
    "duration_ms": Variable("Length", "minutes", times=1 / 60_000),
    "genres": Variable("Genre"),
    "key": Variable("Key", names=KEYS),
    "mode": Variable("Mode", names=tuple(MODES.values())),
    "time_signature": Variable("Beats in a bar"),
    "loudness": Variable("Loudness", "dB"),
    "tempo": Variable("Tempo", "beats a minute"),
    "plays a user": Variable("Plays a user", log=True, counted="users"),
    "plays a song": Variable("Plays a song", log=True, counted="songs"),
    "plays over time": Variable("Plays over time", counted="plays"),
    "listening hours": Variable("Listening hours", counted="plays"),
    **{name: Variable(name.capitalize(), format=".0%") for name in _SHARES},
}
_NAMED = {"gender": GENDERS, "key": {str(i): name for i, name in enumerate(KEYS)}, "mode": MODES}
_IN_ORDER = ("key", "mode", "time_signature")  # few values, which have an order of their own
OTHER = "other"


def variable(name: str) -> Variable:
    """How a variable is shown; one that is not known here goes by its own name."""
    words = one_line(name, 40).replace("_", " ")
    return VARIABLES.get(name) or Variable(words[:1].upper() + words[1:])


def counted(rows: pd.DataFrame) -> str:
    """What the counts of a variable's rows are counts of: users, songs or plays."""
    first = rows.iloc[0]
    return variable(first["variable"]).counted or one_line(first["table"], 20)


def kind(rows: pd.DataFrame) -> str:
    """How a variable's rows are shown: `number`, `category`, `month` or `week_hour`.

    A number with few values, each in a bin of its own, is a category.
    """
    first = rows.iloc[0]
    whole = (rows["low"] % 1 == 0) & (rows["high"] - rows["low"] == 1)
    if first["kind"] == "number" and first["variable"] in _IN_ORDER and whole.all():
        return "category"
    return str(first["kind"])


def categories(rows: pd.DataFrame) -> pd.DataFrame:
    """Give `label`, `count` and `share` (of all counts) of a category, in the order to show them in."""
    name = rows["variable"].iloc[0]
    codes = rows["label"].map(str)
    if rows["kind"].iloc[0] == "number":
        codes = rows["low"].map(lambda low: f"{low:.0f}")
    else:
        codes = codes.str.replace(r"^(\d+)\.0$", r"\1", regex=True)
    shown = codes.map(lambda code: one_line(_NAMED.get(name, {}).get(code.lower(), code), 60) or "(blank)")
    rest = rows["label"].eq(OTHER) & (rows["kind"] == "category")
    order = pd.to_numeric(codes, errors="coerce") if name in _IN_ORDER else -rows["count"]
    frame = pd.DataFrame({"label": shown, "count": rows["count"], "rest": rest, "order": order})
    frame = frame.sort_values(["rest", "order"], kind="stable").groupby("label", sort=False, as_index=False)
    summed = frame["count"].sum()
    return summed.assign(share=summed["count"] / max(summed["count"].sum(), 1))


def sentence(rows: pd.DataFrame) -> str:
    """Say in a plain sentence what a variable's distribution shows; not escaped."""
    if rows.empty or rows["count"].sum() == 0:
        return "There is nothing to count."
    how = kind(rows)
    if how == "category":
        return _of_category(rows)
    if how == "month":
        return _of_months(rows)
    if how == "week_hour":
        return _of_hours(rows)
    return _of_number(rows)


def month(label: str) -> str:
    """Write a month such as 2024-03 as March 2024."""
    moment = pd.to_datetime(label, format="%Y-%m", errors="coerce")
    return one_line(label, 20) if pd.isna(moment) else f"{moment:%B %Y}"


def hour(weekday: float, at: float) -> str:
    """Write an hour of the week as a day and a time."""
    return f"{WEEKDAYS[int(weekday) % 7]} {int(at):02d}:00–{(int(at) + 1) % 24:02d}:00"


def _of_number(rows: pd.DataFrame) -> str:
    shown, things = variable(rows["variable"].iloc[0]), counted(rows)
    low, middle, high = (shown.write(_quantile(rows, q)) for q in (0.25, 0.5, 0.75))
    unit = f" {shown.unit}" if shown.unit else ""
    return (
        f"It is known for {rows['count'].sum():,.0f} {things}: half of them are between about {low} and {high}{unit}, "
        f"the middle one at {middle}."
        if not shown.counted
        else f"Of {rows['count'].sum():,.0f} {things}, the middle one has about {middle} plays; half have between "
        f"{low} and {high}."
    )


def _of_category(rows: pd.DataFrame) -> str:
    name, things, frame = rows["variable"].iloc[0], counted(rows), categories(rows)
    named = frame[frame["label"] != OTHER] if (frame["label"] != OTHER).any() else frame
    first = named.loc[named["count"].idxmax()]
    n = f"{first['count']:,.0f} {things}"
    if name == "genres":  # a song may have several, so shares of the counts would be shares of nothing
        return f"The most frequent is {first['label']}, with {n}; a song counts once for each of its genres."
    return f"The most frequent is {first['label']}, with {n}, {first['share']:.0%} of those where it is known."


def _of_months(rows: pd.DataFrame) -> str:
    rows = rows.sort_values("label")
    top = rows.loc[rows["count"].idxmax()]
    first, last = month(rows["label"].iloc[0]), month(rows["label"].iloc[-1])
    span = f"All plays are of {first}" if first == last else f"Plays run from {first} to {last}"
    return f"{span}; the busiest month was {month(top['label'])}, with {top['count']:,.0f} {counted(rows)}."


def _of_hours(rows: pd.DataFrame) -> str:
    top = rows.loc[rows["count"].idxmax()]
    share = top["count"] / rows["count"].sum()
    return (
        f"The busiest hour of the week is {hour(top['low'], top['high'])} UTC, with {share:.1%} of all plays; "
        f"evenly spread, each hour would have {1 / 168:.1%}."
    )


def _quantile(rows: pd.DataFrame, q: float) -> float:
    """Quantile of a histogram, its values taken as evenly spread within a bin (in logarithms if the bins grow)."""
    rows = rows.sort_values("low")
    wanted = q * float(rows["count"].sum())
    before = rows["count"].cumsum() - rows["count"]
    row = rows[(before + rows["count"] >= wanted) & (rows["count"] > 0)].iloc[0]
    part = (wanted - float(before[row.name])) / float(row["count"])
    low, high = float(row["low"]), float(row["high"])
    if variable(row["variable"]).log and low > 0:
        return math.exp(math.log(low) + part * (math.log(high) - math.log(low)))
    return low + part * (high - low)
