"""What a first visitor is shown: examples that the bundle itself answers."""

from pathlib import Path

from reading_pages import Open, said

from engine import Engine
from engine.ui import examples, tour


def test_the_tour_offers_three_examples_of_the_bundle_and_goes_when_dismissed(
    open_app: Open, artifacts: Path, engine: Engine
):
    app = open_app(artifacts)
    assert "New here?" in said(app)
    assert app.button(key="tour-search").label.replace("\\", "") in examples.examples("v", engine).searches
    assert len(app.get("page_link")) == 2
    assert not [button for button in app.button if (button.key or "").startswith("try-")]
    app.button(key="tour-away").click().run()
    assert "New here?" not in said(app)
    assert not app.exception


def test_the_tour_is_not_shown_to_who_came_for_something(open_app: Open, artifacts: Path):
    assert "New here?" not in said(open_app(artifacts, d_q="love"))


def test_somebody_made_up_can_be_recommended_to(engine: Engine):
    someone = tour.somebody("v", engine)
    found = engine.recommend(
        history=list(someone.songs), age=someone.age, gender=someone.gender, country=someone.country, k=5
    )
    assert len(found) == 5
    assert someone.params["r_mode"] == "persona"


def test_the_first_sentence_counts_the_songs_that_make_half_of_the_plays(engine: Engine):
    plays = engine.songs["plays"].sort_values(ascending=False).cumsum()
    half = int((plays < plays.iloc[-1] / 2).sum()) + 1
    assert f"; {half} of 900 songs make half of all plays." in examples.heard_most("v", engine)
