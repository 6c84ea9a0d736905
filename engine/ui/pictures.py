"""Charts on a page: drawn at once, and downloads of each as PNG, SVG and its rows as CSV."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from engine.reporting.charts import Chart, Spec, spec_of
from engine.ui.export import to_csv

WIDTH = 860  # px of a downloaded picture


def draw(chart: Chart | Spec, alt: str, key: str, on_pick: Callable[[], None] | None = None) -> None:
    """Draw a chart; where it has a selection, call `on_pick` for each."""
    spec = spec_of(chart)
    if on_pick is None:
        st.vega_lite_chart(spec, alt=alt, key=key)
    else:
        st.vega_lite_chart(spec, alt=alt, key=key, on_select=on_pick)


def downloads(
    name: str, rows: Callable[[], pd.DataFrame], chart: Callable[[], Chart | Spec], caption: str = ""
) -> None:
    """Draw a caption and the buttons that download a chart and its rows.

    Parameters
    ----------
    name
        Of the files: lower case, one a page.
    rows, chart
        Called once someone asks for the file. Streamlit's own menu saves a chart as PNG alone, in the colours of the
        theme; these are drawn on white, fit for a document.
    """

    def png() -> bytes:
        from engine.reporting import render

        return render.png(chart(), WIDTH)

    def svg() -> str:
        from engine.reporting import render

        return render.svg(chart(), WIDTH)

    with st.container(horizontal=True, vertical_alignment="center", key=f"below-{name}"):
        st.caption(caption, width="stretch")
        with st.container(horizontal=True, width="content", gap="small", wrap=False, key=f"save-{name}"):
            for label, data, mime in (
                ("CSV", lambda: to_csv(rows()), "text/csv"),
                ("PNG", png, "image/png"),
                ("SVG", svg, "image/svg+xml"),
            ):
                st.download_button(
                    label,
                    data=data,
                    file_name=f"lhydra-{name}.{label.lower()}",
                    mime=mime,
                    key=f"{label.lower()}-{name}",
                    help=f"Download as {label}",
                    on_click="ignore",
                )
