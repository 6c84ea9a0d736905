"""A song's sound as a picture as small as a word: a bar for each quality, up for more than usual and down for less.

Drawn from numbers alone. It is an image within Markdown, so that a row that has one is no element more, and it says
nothing to screen readers: the song's card has the figures.
"""

from base64 import b64encode

import numpy as np
import streamlit as st

from engine import Engine

SOUND = ("danceability", "energy", "valence", "acousticness", "instrumentalness", "liveness", "speechiness")
COLOUR = "#7B62DA"  # of the theme's scale; over 3 : 1 on the background of either theme
SAYS = "How it sounds beside other songs"
UNKNOWN = -128
_MOST, _STEPS = 2.0, 9  # standard deviations, and px that they are drawn as
_STEP = 4  # px from bar to bar


def glyph(levels: np.ndarray) -> str:
    """Draw levels `(qualities,)`, each -9 to 9 or `UNKNOWN`, as an image in Markdown; "" where none is known."""
    bars = "".join(
        f"M{2 + _STEP * place} 10v{-int(level) or -1}" for place, level in enumerate(levels) if level != UNKNOWN
    )
    if not bars:
        return ""
    size = f'viewBox="0 0 {_STEP * len(levels)} 20" width="{_STEP * len(levels)}" height="20"'
    drawn = f'<path d="{bars}" stroke="{COLOUR}" stroke-width="3"/>'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn}</svg>'
    return f'![](data:image/svg+xml;base64,{b64encode(picture.encode()).decode()} "{SAYS}")'


@st.cache_resource(max_entries=20, show_spinner=False)
def sound_levels(version: str, _engine: Engine) -> np.ndarray:
    """Give how every song of a bundle sounds beside those it was trained on, `(songs, qualities)` int8; read-only.

    In steps of two ninths of a standard deviation, ended at two of them.
    """
    features, songs = _engine.features, _engine.songs
    found = np.full((len(songs), len(SOUND)), UNKNOWN, dtype=np.int8)
    for place, name in enumerate(SOUND):
        if name in features.sound and name in songs:
            fitted = features.sound.index(name)
            values = songs[name].to_numpy(dtype=np.float64, na_value=np.nan)
            z = (values - features.sound_mean[fitted]) / features.sound_std[fitted]
            known = np.isfinite(z)
            found[known, place] = np.rint(np.clip(z[known] / _MOST, -1, 1) * _STEPS)
    found.flags.writeable = False
    return found
