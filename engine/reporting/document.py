"""The report as a document: sections of sentences, charts and tables, written as one HTML file or as Markdown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engine.reporting import render
from engine.reporting.charts import Chart, Spec
from engine.reporting.words import one_line

WIDE, NARROW = 720, 350  # px: a chart is drawn for a desk and for a phone, and a page shows the one that fits
_TEMPLATES = Path(__file__).parent / "templates"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")


@dataclass(frozen=True)
class Table:
    """Cells as text; `numbers` says which columns are set to the right. `folded` is shown on request."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    folded: bool = False

    @classmethod
    def of(cls, caption: str, frame: pd.DataFrame, numbers: Sequence[str] = (), folded: bool = False) -> "Table":
        """Make a table of a frame whose cells are text already."""
        head = tuple(map(str, frame.columns))
        rows = tuple(tuple(map(str, row)) for row in frame.itertuples(index=False))
        return cls(caption, head, rows, frozenset(head.index(name) for name in numbers), folded)


@dataclass(frozen=True)
class Figure:
    """A chart, the sentence that says what it shows, and its figures.

    `half` ones stand two in a row where there is room.
    """

    chart: Chart | Spec
    says: str
    title: str = ""
    half: bool = False
    table: Table | None = None


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, in this order: `says`, `figures`, `tables`, `code`, `notes`."""

    name: str
    title: str
    says: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    code: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A report: its title, the facts below it and its sections. `simulated` data are labelled at the top."""

    title: str
    facts: tuple[str, ...]
    simulated: bool
    sections: tuple[Section, ...] = field(default=())


def to_html(document: Document) -> str:
    """Write a document as one HTML page that needs no other file and runs no script."""
    page = _environment(escape=True).get_template("report.html.j2")
    return page.render(document=document, light=render.LIGHT, dark=render.DARK, wide=_wide, narrow=_narrow)


def to_markdown(document: Document) -> str:
    """Write a document as Markdown: sentences and tables, without its charts."""
    page = _environment(escape=False).get_template("report.md.j2")
    return re.sub(r"\n{3,}", "\n\n", page.render(document=document)).strip() + "\n"


def _wide(figure: Figure) -> Markup:
    return Markup(render.themed_svg(figure.chart, WIDE // 2 - 10 if figure.half else WIDE))


def _narrow(figure: Figure) -> Markup:
    return Markup(render.themed_svg(figure.chart, NARROW))


def _environment(escape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = _plain if escape else _escaped
    environment.filters["number"] = _number
    return environment


def _plain(text: Any) -> str:
    return one_line(text, 2_000)


def _number(text: Any) -> Markup:
    """A figure, and its interval in a line below, so that many models fit beside each other."""
    value, bracket, interval = one_line(text, 200).partition(" [")
    below = Markup("<br><small>[{}</small>").format(interval) if bracket else ""
    return Markup("{}{}").format(value, below)


def _escaped(text: Any) -> str:
    """Text as Markdown shows it letter by letter."""
    return _MARKDOWN.sub(r"\\\1", one_line(text, 2_000))
