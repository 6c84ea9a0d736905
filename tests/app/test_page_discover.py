"""Discover: search, artists, filters, recent searches, the song card, what is like it."""

from pathlib import Path

import pytest
from reading_pages import HOSTILE, Open, said, words
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.evaluation.audience import MINIMUM
from engine.search.confidence import SURE
from engine.ui.examples import misspell
from engine.ui.text import plain


def popular(bundle: Path) -> tuple[str, str]:
    """Id and title of a popular song whose title is long enough to misspell."""
    songs = Engine.load(bundle).songs.nlargest(50, "listeners")
    return next((i, t) for i, t in zip(songs["song_id"], songs["title"], strict=True) if misspell(t))


def test_an_empty_search_offers_searches_and_popular_songs(open_app: Open, artifacts: Path):
    app = open_app(artifacts)
    app.button(key="tour-away").click().run()  # which offers a search itself
    tries = [button for button in app.button if (button.key or "").startswith("try-")]
    assert tries
    assert any((button.key or "").startswith("open-popular-") for button in app.button)
    tries[0].click().run()
    assert any((button.key or "").startswith("open-found-") for button in app.button)


def test_a_misspelled_title_finds_its_song(open_app: Open, artifacts: Path):
    song_id, title = popular(artifacts / "small")
    app = open_app(artifacts)
    app.text_input(key="d_q").input(str(misspell(title))).run()
    assert app.button(key=f"open-found-{song_id}").label.startswith(f"**{plain(title)}** ")
    assert "Showing results for" in words(app)


def test_a_title_typed_right_is_not_corrected(open_app: Open, artifacts: Path):
    song_id, title = popular(artifacts / "small")
    app = open_app(artifacts, d_q=title)
    assert app.button(key=f"open-found-{song_id}").label.startswith(f"**{plain(title)}** ")
    assert "Showing results for" not in words(app)


def test_what_is_only_near_is_not_passed_off_as_found(open_app: Open, artifacts: Path):
    engine = Engine.load(artifacts / "small")
    asked = ("wobbly frogs dream", "seven teal umbrellas", "quick onion parade")
    nonsense = next(text for text in asked if 0 < engine.search(text, 1)["confidence"].max() < SURE)
    app = open_app(artifacts, d_q=nonsense)
    assert "Nothing close to" in words(app)
    assert any((button.key or "").startswith("open-found-") for button in app.button)


def test_nothing_found_is_said(open_app: Open, artifacts: Path):
    app = open_app(artifacts, d_q="zzqqxxjjkkvv")
    assert "Nothing matches" in words(app)


def test_a_song_opens_with_its_facts_and_what_is_like_it(open_app: Open, artifacts: Path):
    song_id, title = popular(artifacts / "small")
    app = open_app(artifacts, d_q=title)
    app.button(key=f"open-found-{song_id}").click().run()
    assert app.query_params["d_song"] == song_id
    assert app.header[0].value == plain(title)
    assert "Tempo" in words(app)
    similar = [button for button in app.button if (button.key or "").startswith("open-similar-")]
    assert len(similar) == 10
    similar[0].click().run()
    assert app.header[0].value == similar[0].label


def test_typing_again_closes_the_song(open_app: Open, artifacts: Path):
    song_id, title = popular(artifacts / "small")
    app = open_app(artifacts, d_song=song_id)
    assert app.header
    app.text_input(key="d_q").input(title).run()
    assert not app.header
    assert "d_song" not in app.query_params


def test_an_unknown_song_in_the_address_is_said_and_the_nearest_offered(open_app: Open, artifacts: Path):
    app = open_app(artifacts, d_song="s00001x")
    assert "no song with the id" in app.info[0].value
    near = [button for button in app.button if (button.key or "").startswith("near-song-")]
    assert near
    near[0].click().run()
    assert app.header
    assert not app.exception


def test_markup_in_the_data_is_shown_as_text(open_app: Open, hostile: Path):
    app = open_app(hostile)
    labels = [button.label for button in app.button if (button.key or "").startswith("open-popular-")]
    assert [label.split("** ")[0] for label in labels[: len(HOSTILE)]] == [f"**{plain(text)}" for text in HOSTILE]
    songs = [
        str(button.key).removeprefix("open-popular-") for button in app.button if "open-popular" in str(button.key)
    ]
    card = open_app(hostile, d_song=songs[1])
    assert card.header[0].value == plain(HOSTILE[1])
    assert not card.exception


def found(app: AppTest) -> list[str]:
    """Ids of the songs that were found."""
    keys = [str(button.key) for button in app.button]
    return [key.removeprefix("open-found-") for key in keys if key.startswith("open-found-")]


def prolific(engine: Engine) -> str:
    """An artist with several songs and a name long enough to misspell."""
    counts = engine.songs["artist"].value_counts()
    return next(str(name) for name in counts.index if misspell(str(name)) and len(str(name)) > 12)


def test_an_artist_stands_beside_the_songs_and_leads_to_theirs(open_app: Open, artifacts: Path, engine: Engine):
    artist = prolific(engine)
    songs = engine.songs_by(artist)
    app = open_app(artifacts, d_q=str(misspell(artist)))
    assert app.header[0].value == "Artists"
    beside = app.button(key="artist-0")
    assert beside.label.startswith(f"**{plain(artist)}** :gray[{len(songs)} song")
    beside.click().run()
    assert app.query_params["d_artist"] == artist
    assert app.header[0].value == plain(artist)
    shown = [str(b.key).removeprefix("open-by-") for b in app.button if str(b.key).startswith("open-by-")]
    assert shown == songs["song_id"].tolist()[:30]
    app.button(key=f"open-by-{shown[0]}").click().run()
    assert app.query_params["d_song"] == shown[0]
    app.button(key="back").click().run()
    assert app.header[0].value == plain(artist)
    app.button(key="back").click().run()
    assert found(app)


def test_a_title_has_no_artist_beside_it(open_app: Open, artifacts: Path, engine: Engine):
    title = next(t for t in engine.songs["title"] if len(t.split()) > 3 and engine.artists(t).empty)
    app = open_app(artifacts, d_q=title)
    assert found(app)
    assert not app.header


def test_a_song_leads_to_the_songs_of_its_artist(open_app: Open, artifacts: Path, engine: Engine):
    song_id, _ = popular(artifacts / "small")
    app = open_app(artifacts, d_song=song_id)
    app.button(key="song-artist").click().run()
    assert app.query_params["d_artist"] == engine.song(song_id)["artist"]
    assert "d_song" not in app.query_params


def test_an_artist_that_nobody_is_called_is_said_and_the_nearest_offered(
    open_app: Open, artifacts: Path, engine: Engine
):
    artist = prolific(engine)
    app = open_app(artifacts, d_artist=str(misspell(artist)))
    assert "No artist here is called" in said(app)
    app.button(key=f"near-artist-{artist}").click().run()
    assert app.header[0].value == plain(artist)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\x00", "x" * 5_000, "%"])
def test_a_hostile_artist_in_the_address_is_said_calmly(open_app: Open, artifacts: Path, text: str):
    app = open_app(artifacts, d_artist=text)
    assert "No artist here is called" in said(app)
    assert not app.exception


def test_filters_from_the_address_narrow_what_is_found(open_app: Open, artifacts: Path, engine: Engine):
    genre = engine.genres[0]
    query = str(engine.songs["title"].iloc[0])[:4]
    app = open_app(artifacts, d_q=query, d_genres=genre, d_from="2000", d_to="2015")
    expected = engine.search(query, 10, genres=[genre], years=(2000, 2015))["song_id"].tolist()
    assert found(app) == expected
    years = engine.songs.set_index("song_id").loc[expected, "release_year"]
    assert years.between(2000, 2015).all()
    assert expected != engine.search(query, 10)["song_id"].tolist()


def test_filters_narrow_what_is_popular_too_and_say_when_nothing_is_left(
    open_app: Open, artifacts: Path, engine: Engine
):
    genre = engine.genres[1]
    app = open_app(artifacts, d_genres=genre)
    popular_ids = [str(b.key).removeprefix("open-popular-") for b in app.button if "open-popular" in str(b.key)]
    assert popular_ids == engine.popular(6, genres=[genre])["song_id"].tolist()
    first, rarest = engine.years[0], engine.genres[-1]  # type: ignore[index]
    narrow = {"genres": [rarest], "years": (first, first)}
    assert engine.popular(1, **narrow).empty  # type: ignore[arg-type]
    app = open_app(artifacts, d_q="love", d_genres=rarest, d_from=str(first), d_to=str(first))
    assert "under these filters" in words(app)


def test_junk_in_the_address_is_left_out_and_said(open_app: Open, artifacts: Path):
    app = open_app(artifacts, d_q="love", d_genres="<script>", d_from="abc", d_to="-5")
    assert "left out" in app.info[0].value
    assert found(app)
    assert not app.exception


def test_recent_searches_are_those_someone_opened_a_song_from(open_app: Open, artifacts: Path):
    app = open_app(artifacts)
    for text in ("lov", "love", "lo"):  # keys on the way
        app.text_input(key="d_q").input(text).run()
    app.text_input(key="d_q").input("night").run()
    app.button(key=f"open-found-{found(app)[0]}").click().run()
    app.text_input(key="d_q").input("").run()
    assert [header.value for header in app.header] == ["Popular here", "Recent searches"]
    assert [button.label for button in app.button if str(button.key).startswith("recent-")] == ["night"]
    app.button(key="recent-0").click().run()
    assert app.text_input(key="d_q").value == "night"
    assert found(app)
    app.text_input(key="d_q").input("").run()
    app.button(key="forget").click().run()
    assert [header.value for header in app.header] == ["Popular here"]


def test_a_search_someone_stayed_with_is_recent_too(open_app: Open, artifacts: Path, monkeypatch: pytest.MonkeyPatch):
    app = open_app(artifacts)
    app.text_input(key="d_q").input("night").run()
    monkeypatch.setattr("engine.ui.recent.STAYED", 0.0)
    app.text_input(key="d_q").input("").run()
    assert [button.label for button in app.button if str(button.key).startswith("recent-")] == ["night"]


def test_the_card_says_who_listens(open_app: Open, artifacts: Path, engine: Engine):
    song_id = str(engine.songs.nlargest(1, "listeners")["song_id"].iloc[0])
    audience = engine.audience(song_id)
    assert audience.listeners >= MINIMUM
    app = open_app(artifacts, d_song=song_id)
    assert "Who listens" in [header.value for header in app.header]
    assert f"{audience.listeners} listeners in the plays that the model was trained on" in said(app)
    assert {"Age", "Gender", "Country"} >= {header.value for header in app.subheader} - {"How it sounds"} != set()


def test_a_song_with_few_listeners_says_so_and_shows_no_figures(open_app: Open, artifacts: Path, engine: Engine):
    songs = engine.songs[engine.songs["listeners"] > 0].nsmallest(1, "listeners")
    app = open_app(artifacts, d_song=str(songs["song_id"].iloc[0]))
    assert "too few to say who they are" in said(app) or "Nobody had played it" in said(app)
    assert [header.value for header in app.subheader if header.value != "How it sounds"] == []
