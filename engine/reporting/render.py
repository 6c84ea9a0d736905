"""Charts as pictures, without a browser: in the house's colours, to keep as SVG or PNG or to set into the report."""

import re
from functools import cache
from typing import Any

from engine.reporting.charts import Chart, Spec, spec_of

# The first is what the converter has with it and measures text by; browsers and viewers have one of the others.
FONT = "Liberation Sans, Helvetica, Arial, sans-serif"
SIZE = 12  # px of labels
# A page's reader may have a wider font than the one that was measured, and a label that is cut off is worse than a gap.
_ROOMY = 14
# No chart reads anything but its own data.
_NO_URLS = ["https://nowhere.invalid/"]


def _hues(*colours: str) -> dict[str, str]:
    return {f"hue-{number}": colour for number, colour in enumerate(colours, start=1)}


LIGHT = {
    "ink": "#15121F",
    "soft": "#4C4860",
    "line": "#DEDBEA",
    "paper": "#FFFFFF",
    **_hues("#5B3FD6", "#0E7C86", "#B4530A", "#A3195B", "#2F6B2F", "#3B6FB6", "#6B6780"),
}
DARK = {
    "ink": "#ECE9F8",
    "soft": "#C6C1DC",
    "line": "#3A3650",
    "paper": "#14121F",
    **_hues("#A794FF", "#45C4CE", "#F0A35E", "#F27BB0", "#86C986", "#8DB6F0", "#A6A2BA"),
}
_RAMP = ["#F4F2FC", "#D5CDF5", "#AB9AEA", "#7B62DA", "#482FB0", "#35227F"]
_DIVERGING = ["#8A3B04", "#D9985F", "#F6F5FB", "#9384DF", "#35227F"]


def svg(chart: Chart | Spec, width: int, colours: dict[str, str] = LIGHT) -> str:
    """Draw a chart as SVG, `width` px wide."""
    return str(_draw(_spec(chart, width, colours)))


def png(chart: Chart | Spec, width: int, scale: float = 2.0) -> bytes:
    """Draw a chart as PNG on white, `scale` times `width` px wide."""
    spec = _spec(chart, width, LIGHT)
    return bytes(_converter().vegalite_to_png(spec, scale=scale, allowed_base_urls=_NO_URLS))


def themed_svg(chart: Chart | Spec, width: int) -> str:
    """Draw a chart as SVG to set into a page, whose variables `--ink`, `--hue-1` and so on give its colours."""
    drawn = str(_draw(_spec(chart, width, {**LIGHT, "paper": "transparent"}, _ROOMY)))
    names = {colour.lower(): name for name, colour in LIGHT.items() if name != "paper"}

    def variable(found: re.Match[str]) -> str:
        name = names.get(found.group(2).lower())
        return f'{found.group(1)}="var(--{name})"' if name else found.group(0)

    drawn = re.sub(r'\b(fill|stroke)="(#[0-9a-fA-F]{6})"', variable, drawn)
    drawn = drawn.replace(f'font-size="{_ROOMY}px"', f'font-size="{SIZE}px"')
    drawn = drawn.replace(f'font-family="{FONT}"', 'font-family="var(--sans)"')
    return _fluid(drawn)


def _draw(spec: Spec) -> Any:
    return _converter().vegalite_to_svg(spec, allowed_base_urls=_NO_URLS)


def _fluid(drawn: str) -> str:
    """As wide as there is room, and hidden from those who get the sentence and the table beside it instead."""
    head, rest = drawn.split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    head = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", head)
    rest = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", rest)  # marks that would speak for themselves, hundreds of them
    return f'{head} aria-hidden="true" focusable="false">{rest}'


def _spec(chart: Chart | Spec, width: int, colours: dict[str, str], size: int = SIZE) -> Spec:
    spec = {**spec_of(chart), "width": width, "autosize": {"type": "fit", "contains": "padding"}}
    own, config = spec.get("config", {}), _config(colours, size)
    for name, value in own.items():  # what the chart has set itself counts, but for the library's own sizes
        if name != "view":
            config[name] = {**config.get(name, {}), **value} if isinstance(value, dict) else value
    return {**spec, "config": config}


def _config(colours: dict[str, str], size: int) -> dict[str, Any]:
    text = {"labelColor": colours["soft"], "titleColor": colours["soft"], "labelFont": FONT, "titleFont": FONT}
    sizes = {"labelFontSize": size, "titleFontSize": size, "titleFontWeight": 400}
    return {
        "background": colours["paper"],
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {**text, **sizes, "gridColor": colours["line"], "domain": False, "tickColor": colours["line"]},
        "axisX": {"titlePadding": 10},
        "legend": {**text, **sizes, "symbolSize": 90, "rowPadding": 6},
        "range": {
            "category": [colours[f"hue-{i}"] for i in range(1, 8)],
            "ramp": _RAMP,
            "heatmap": _RAMP,
            "diverging": _DIVERGING,
        },
        "mark": {"color": colours["hue-1"]},
        "rule": {"color": colours["soft"]},
        "text": {"color": colours["ink"], "fontSize": size},
        "line": {"strokeWidth": 2},
    }


@cache
def _converter() -> Any:
    import vl_convert  # 40 MB of memory that nobody needs who draws no pictures

    return vl_convert
