"""Charts on a page: drawn at once, and downloads of each as PNG, SVG and its rows as CSV."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from engine.reporting.charts import Chart, Spec, spec_of
from engine.reporting.on_show import View
from engine.ui.address import shown_at
from engine.ui.bundles import current_engine
from engine.ui.export import to_csv

WIDTH = 860  # px of a downloaded picture


def made(what: tuple[str, ...], make: Callable[[], Chart | Spec]) -> Spec:
    """Give a chart of the bundle that is shown as Vega-Lite has it, made once for all that see the same.

    Altair makes and checks a chart in some fifty milliseconds, more than the rest of a view takes.

    Parameters
    ----------
    what
        All that the chart depends on, beside the bundle.
    make
        Called unless it was made before.
    """
    return _made(current_engine().bundle.version, what, make)


@st.cache_data(max_entries=200, show_spinner=False)
def _made(version: str, what: tuple[str, ...], _make: Callable[[], Chart | Spec]) -> Spec:
    return spec_of(_make())


def draw(chart: Chart | Spec, alt: str, key: str, on_pick: Callable[[], None] | None = None) -> None:
    """Draw a chart; where it has a selection, call `on_pick` for each."""
    spec = spec_of(chart)
    if on_pick is None:
        st.vega_lite_chart(spec, alt=alt, key=key)
    else:
        st.vega_lite_chart(spec, alt=alt, key=key, on_select=on_pick)


def downloads(
    name: str,
    rows: Callable[[], pd.DataFrame],
    chart: Callable[[], Chart | Spec],
    caption: str = "",
    view: View | None = None,
) -> None:
    """Draw a caption and the buttons that download a chart and its rows, and a report of the view where there is one.

    Parameters
    ----------
    name
        Of the files: lower case, one a page.
    rows, chart
        Called once someone asks for the file. Streamlit's own menu saves a chart as PNG alone, in the colours of the
        theme; these are drawn on white, fit for a document.
    view
        What is on show, and by what it was narrowed, for a report of just that.
    """
    engine, address = current_engine(), shown_at()

    def png() -> bytes:
        from engine.reporting import render

        return render.png(chart(), WIDTH)

    def svg() -> str:
        from engine.reporting import render

        return render.svg(chart(), WIDTH)

    def html() -> str:
        from engine.reporting.document import to_html
        from engine.reporting.view import view_report

        assert view is not None
        return to_html(view_report(view, chart(), rows(), engine.bundle.name, engine.bundle.manifest, address))

    files: list[tuple[str, Callable[[], bytes | str], str]] = [
        ("CSV", lambda: to_csv(rows()), "text/csv"),
        ("PNG", png, "image/png"),
        ("SVG", svg, "image/svg+xml"),
    ]
    if view is not None:
        files.append(("HTML", html, "text/html"))
    with st.container(horizontal=True, vertical_alignment="center", key=f"below-{name}"):
        st.caption(caption, width="stretch")
        with st.container(horizontal=True, width="content", gap="small", wrap=False, key=f"save-{name}"):
            for label, data, mime in files:
                st.download_button(
                    label,
                    data=data,
                    file_name=f"lhydra-{name}.{label.lower()}",
                    mime=mime,
                    key=f"{label.lower()}-{name}",
                    help="Download a report of this view" if label == "HTML" else f"Download as {label}",
                    on_click="ignore",
                )
