"""How the command line talks: progress on standard error, results on standard output, one line for an error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from engine.build import Report
from engine.data.frames import rejects_path
from engine.explain.explanation import Explanation
from engine.reporting.explain_words import completeness, group_title

out = Console()
err = Console(stderr=True)


class Bar:
    """A progress bar whose text and fraction are set at will; silent when quiet."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None) if progress is not None else None
        self._stage = ""

    def __call__(self, text: str, fraction: float | None = None) -> None:
        """Show `text` and, where known, how far it is (0–1)."""
        if self._progress is None or self._task is None:
            return
        self._progress.update(
            self._task, description=text, total=None if fraction is None else 1.0, completed=fraction or 0.0
        )

    def report(self, report: Report) -> None:
        """Show a step of a build; a line stays for each finished stage."""
        if self._progress is None or self._task is None:
            return
        if report.stage != self._stage:
            self._stage = report.stage
            self._progress.console.print(Text(f"{report.stage} …", style="dim"))
            self._progress.reset(self._task)
        self(report.text, report.fraction)


@contextmanager
def progress(quiet: bool) -> Iterator[Bar]:
    """Show a progress bar on standard error while the block runs."""
    if quiet:
        yield Bar(None)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        yield Bar(bar)


def show_frame(frame: pd.DataFrame, title: str, as_json: bool) -> None:
    """Print a frame as a table, or as a JSON list of rows."""
    if as_json:
        show_json(rows(frame))
        return
    if frame.empty:
        show_text(f"{title}: nothing found")
        return
    table = Table(title=Text(title), title_justify="left", header_style="bold", show_edge=False)
    for column in frame.columns:
        table.add_column(Text(str(column)), justify="right" if frame[column].dtype.kind in "if" else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(_cell(value)) for value in row))
    out.print(table)


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame as JSON knows it: a list of rows, None where a value is missing."""
    return [dict(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]


def show_entries(entries: list[dict[str, str]], title: str) -> None:
    """Print entries of several long fields, one below the other, under the field `title` of each."""
    for entry in entries:
        out.print(Text(entry[title], style="bold"), soft_wrap=True)
        for name, value in entry.items():
            if name != title:
                out.print(Text(f"  {name}: {value}"), soft_wrap=True)


def show_json(value: Any) -> None:
    """Print a value as JSON, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_text(text: str, quiet: bool = False) -> None:
    """Print a line of plain text."""
    if not quiet:
        out.print(Text(text), soft_wrap=True)


def show_note(text: str) -> None:
    """Say on standard error what may surprise."""
    err.print(Text(text), soft_wrap=True)


def show_rejects(out: Path) -> None:
    """Say on standard error where rejected rows are kept, if a result left any."""
    path = rejects_path(out)
    if path.exists():
        err.print(Text(f"rows that can't be used are kept in {path}"), soft_wrap=True)


def show_quality(quality: dict[str, Any], quiet: bool = False) -> None:
    """Print what was read, kept, repaired and rejected."""
    if quiet:
        return
    rows = []
    for name in ("users", "songs", "plays"):
        if name in quality:
            record = quality[name]
            rows.append(
                {
                    "table": name,
                    "rows in": f"{record['rows_in']:,}",
                    "kept": f"{record['kept']:,}",
                    "rejected": f"{record['rejected']:,}",
                    "summed": f"{record['summed']:,}" if "summed" in record else "–",
                    "values repaired": f"{sum(record['repaired'].values()):,}",
                    "why": "; ".join(f"{n:,} × {reason}" for reason, n in record["rejected_by_reason"].items()) or "–",
                }
            )
    show_frame(pd.DataFrame(rows), "quality", as_json=False)
    repairs = [
        {"table": name, "repaired": what, "values": f"{n:,}"}
        for name in ("users", "songs", "plays")
        for what, n in quality.get(name, {}).get("repaired", {}).items()
    ]
    if repairs:
        show_frame(pd.DataFrame(repairs), "repaired", as_json=False)
    for name in ("users", "songs", "plays"):
        shares = quality.get(name, {}).get("missing_share", {})
        missing = [f"{column} {share:.0%}" for column, share in shares.items() if 0 < share < 1]
        if missing:
            show_text(f"missing in {name}: {', '.join(missing)}")
    if quality["same_songs"]["songs"]:
        show_text(f"{quality['same_songs']['songs']:,} songs look the same as another one under a second id")
    for note in quality["notes"]:
        show_text(note)
    if quality["features_off"]:
        show_text(f"switched off, no data: {', '.join(quality['features_off'])}")


def show_metrics(metrics: dict[str, Any], quiet: bool = False) -> None:
    """Print the test metrics of the model and its baselines with 95 % intervals."""
    if quiet:
        return
    if not metrics["models"]:
        show_text("no test figures: no user has a held-out song that is new to them")
        return
    rows = []
    for name, values in metrics["models"].items():
        row = {"model": name}
        for metric, figures in values.items():
            row[metric] = _figures(figures)
        lead = metrics["lead"].get(name)
        row["lhydra's lead, NDCG@10"] = _figures(lead, signed=True) if lead else "–"
        rows.append(row)
    show_frame(pd.DataFrame(rows), f"test, {metrics['users']:,} users, 95 % bootstrap intervals", as_json=False)
    _show_head(metrics["head"])
    for name, settings in metrics["baselines"].items():
        chosen = ", ".join(f"{key.replace('_', ' ')} {_setting(value)}" for key, value in settings.items())
        if chosen:
            show_text(f"{name} tuned on validation: {chosen}")


def show_evaluation(tables: dict[str, pd.DataFrame], summary: dict[str, Any], quiet: bool = False) -> None:
    """Print every metric of every model, the gap that each attribute makes, and the weak slices."""
    from engine.evaluation.cohorts import gap  # brings scipy, which no other command needs to print

    if quiet or tables["metrics"].empty:
        return
    metrics = tables["metrics"].pivot_table(index="metric", columns="model", values="value")
    models, names = (tables["metrics"][column].unique() for column in ("model", "metric"))
    show_frame(metrics.loc[names, models].reset_index(), "all metrics", as_json=False)
    cohorts = tables["cohorts"]
    cohorts = cohorts[(cohorts["metric"] == "ndcg@10") & ~cohorts["small"].astype(bool)]
    gaps = []
    for attribute, table in cohorts.groupby("attribute", sort=False):
        found = gap(table)
        if found is not None:
            figures = _figures({"mean": found.value, "low": found.low, "high": found.high}, signed=True)
            gaps.append({"attribute": attribute, "best": found.best, "worst": found.worst, "gap, NDCG@10": figures})
    if gaps:
        show_frame(pd.DataFrame(gaps), f"cohorts of {summary['minimum']} users and more", as_json=False)
    slices = tables["slices"]
    if slices.empty:
        show_text(f"no weak slice among {summary['slices_tried']:,} tried, at the 5 % level")
    else:
        columns = ["slice", "users", "value", "rest", "gap", "p_adjusted"]
        show_frame(slices[columns].head(10), f"weak slices, {summary['slices_tried']:,} tried", as_json=False)
    show_text(f"evaluated in {summary['seconds']:.0f} s")


def show_explanation(found: Explanation, says: str, quiet: bool = False) -> None:
    """Print an explanation: the sentence, the groups, and the songs of the history that count most."""
    if quiet:
        return
    show_text(says)
    groups = found.groups.assign(group=found.groups["name"].map(group_title))[["group", "attribution"]]
    show_frame(groups, f"score {found.score:.4f}, held against {found.baseline_score:.4f}", as_json=False)
    if not found.history.empty:
        show_frame(found.history.head(10), "songs of the history, the ten that count most", as_json=False)
    show_text(completeness(found))


def _setting(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"


def show_crossvalidation(table: pd.DataFrame, summary: dict[str, Any], quiet: bool = False) -> None:
    """Print a row a fold, the means with their intervals, and what to know of these."""
    if quiet:
        return
    kind = "windows of time" if summary["by"] == "time" else "folds of users"
    shown = table.drop(columns="best_epoch").rename(columns={"popularity_ndcg@10": "popularity"})
    shown["seconds"] = shown["seconds"].map("{:.0f}".format)
    for moment in shown.columns.intersection(["test_after", "test_until"]):
        shown[moment] = shown[moment].str[:16].str.replace("T", " ")
    show_frame(shown, f"{summary['folds']} {kind}", as_json=False)
    for name, figures in summary["mean"].items():
        show_text(f"{name}: mean {_figures(figures)}")
    show_text(f"lead over popularity, ndcg@10: mean {_figures(summary['lead'], signed=True)}")
    for note in summary["notes"]:
        show_text(note)


def show_tuned(table: pd.DataFrame, says: list[str], quiet: bool = False) -> None:
    """Print a row a trial, and what the search has found."""
    if quiet:
        return
    searched = [name for name in table.columns if "." in name]
    shown = table.drop(columns=searched)
    shown["seconds"] = shown["seconds"].map("{:.0f}".format)
    # One cell, as a column for each would leave none wide enough to read.
    shown["settings"] = [
        " · ".join(f"{name.split('.')[1]} {row[name]:g}" for name in searched) for row in table.to_dict("records")
    ]
    show_frame(shown, "trials, validation", as_json=False)
    for line in says:
        show_text(line)


def _show_head(head: dict[str, Any]) -> None:
    if "off" in head:
        show_text(f"prediction: off, {head['off']}")
        return
    for task in ("classification", "regression"):
        found = head[task]
        names = [name for name in found if name not in ("pairs", "played", "off")]
        text = f"off, {found['off']}" if "off" in found else ", ".join(f"{n} {_cell(found[n])}" for n in names)
        show_text(f"prediction, {task}: {text}")


def _figures(figures: dict[str, Any], signed: bool = False) -> str:
    sign = "+" if signed else ""
    if figures["low"] is None:
        return "–" if figures["mean"] is None else f"{figures['mean']:{sign}.4f}"
    return f"{figures['mean']:{sign}.4f} [{figures['low']:{sign}.4f}, {figures['high']:{sign}.4f}]"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value)
