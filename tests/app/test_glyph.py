"""A song's glyph: drawn from its sound alone, small, seen in both themes, and absent where the sound is not known."""

import re
import tomllib
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from evaluation_files import rehash
from reading_pages import Open

from engine import Engine
from engine.serving.bundle import SONGS
from engine.serving.tables import read_bundle_table
from engine.ui import cards
from engine.ui.glyph import COLOUR, SOUND, UNKNOWN, glyph, sound_levels

IMAGE = re.compile(r"!\[\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+) \"[\w ]+\"\)")
CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"


def path(markdown: str) -> str:
    """The bars of a glyph, as SVG writes them."""
    found = IMAGE.fullmatch(markdown)
    assert found is not None
    root = ElementTree.fromstring(b64decode(found.group(1)))
    (bars,) = root
    return str(bars.get("d"))


def levels(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def test_a_bar_goes_up_for_more_than_usual_and_down_for_less():
    assert path(glyph(levels(9, -4))) == "M2 10v-9M6 10v4"
    assert path(glyph(levels(0, 1))) == "M2 10v-1M6 10v-1"  # what is as usual is seen too


def test_what_is_not_known_has_no_bar_and_nothing_known_no_glyph():
    assert path(glyph(levels(UNKNOWN, 3))) == "M6 10v-3"
    assert glyph(levels(UNKNOWN, UNKNOWN)) == ""


def test_a_glyph_is_a_few_hundred_bytes():
    assert len(glyph(np.full(len(SOUND), -9, dtype=np.int8))) < 500


def test_levels_are_standard_deviations_from_what_the_model_was_trained_on(engine: Engine):
    found = sound_levels(engine.bundle.version, engine)
    assert found.shape == (len(engine.songs), len(SOUND))
    features, name = engine.features, "energy"
    at = features.sound.index(name)
    z = (engine.songs[name].to_numpy(np.float64, na_value=np.nan) - features.sound_mean[at]) / features.sound_std[at]
    mine = found[:, SOUND.index(name)]
    assert ((mine == UNKNOWN) == np.isnan(z)).all()
    assert mine[z > 2].tolist() == [9] * int((z > 2).sum())
    known = ~np.isnan(z) & (np.abs(z) < 2)
    assert np.abs(mine[known] / 9 * 2 - z[known]).max() <= 1 / 9 + 1e-9


def test_every_kind_of_row_has_it(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    known = engine.songs[list(SOUND)].notna().any(axis=1).to_numpy()
    song_id = str(engine.songs["song_id"].to_numpy()[known][0])
    (song,) = cards.songs(engine, [song_id])
    path(song.glyph)
    found = open_app(artifacts, d_q=song.title)
    assert song.glyph in found.button(key=f"open-found-{song_id}").label
    rows = open_app(artifacts, "recommend", r_user=listener)
    assert sum(bool(IMAGE.search(text.value)) for text in rows.markdown) > 20
    chosen = open_app(artifacts, "recommend", r_mode="persona", r_songs=song_id)
    assert any(song.glyph in text.value for text in chosen.markdown)


def test_a_catalogue_without_sound_has_none(open_app: Open, artifacts: Path, listener: str):
    bundle = artifacts / "small"
    read_bundle_table(bundle / SONGS).drop(columns=list(SOUND)).to_parquet(bundle / SONGS)
    rehash(bundle)
    app = open_app(artifacts, "recommend", r_user=listener)
    assert app.header
    assert not any("data:image" in text.value for text in app.markdown)
    assert not app.exception


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_seen_in_both_themes(theme: str):
    """WCAG 2.2, 1.4.11: 3 : 1 for what is not text."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    background = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][theme]["backgroundColor"]
    low, high = sorted((luminance(COLOUR), luminance(background)))
    assert (high + 0.05) / (low + 0.05) > 3
