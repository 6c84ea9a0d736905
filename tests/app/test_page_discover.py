"""Discover: search, the song card, what is like it."""

from pathlib import Path

from reading_pages import HOSTILE, Open, words

from engine import Engine
from engine.search.confidence import SURE
from engine.ui.examples import misspell
from engine.ui.text import plain


def popular(bundle: Path) -> tuple[str, str]:
    """Id and title of a popular song whose title is long enough to misspell."""
    songs = Engine.load(bundle).songs.nlargest(50, "listeners")
    return next((i, t) for i, t in zip(songs["song_id"], songs["title"], strict=True) if misspell(t))


def test_an_empty_search_offers_searches_and_popular_songs(open_app: Open, artifacts: Path):
    app = open_app(artifacts)
    tries = [button for button in app.button if (button.key or "").startswith("try-")]
    assert tries
    assert any((button.key or "").startswith("open-popular-") for button in app.button)
    tries[0].click().run()
    assert any((button.key or "").startswith("open-found-") for button in app.button)


def test_a_misspelled_title_finds_its_song(open_app: Open, artifacts: Path):
    song_id, title = popular(artifacts / "small")
    app = open_app(artifacts)
    app.text_input(key="d_q").input(str(misspell(title))).run()
    assert app.button(key=f"open-found-{song_id}").label == plain(title)
    assert "Showing results for" in words(app)


def test_a_title_typed_right_is_not_corrected(open_app: Open, artifacts: Path):
    song_id, title = popular(artifacts / "small")
    app = open_app(artifacts, d_q=title)
    assert app.button(key=f"open-found-{song_id}").label == plain(title)
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
    assert labels[: len(HOSTILE)] == [plain(text) for text in HOSTILE]
    songs = [
        str(button.key).removeprefix("open-popular-") for button in app.button if "open-popular" in str(button.key)
    ]
    card = open_app(hostile, d_song=songs[1])
    assert card.header[0].value == plain(HOSTILE[1])
    assert not card.exception
