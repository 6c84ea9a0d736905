"""Explanations in words and charts."""

from itertools import pairwise

import pandas as pd
import pytest

from engine.explain.change import Change, Place, Smallest
from engine.explain.explanation import Explanation
from engine.explain.questions import Baseline
from engine.reporting.change_words import change_words, moved_words
from engine.reporting.explain_charts import heard, songs, waterfall
from engine.reporting.explain_words import against, agreement, completeness, group_title, on_the_whole, sentence

SONG = {"title": "Blue"}


def explanation(
    groups: dict[str, float], method: str = "integrated_gradients", error: float | None = 0.0
) -> Explanation:
    frame = pd.DataFrame({"name": list(groups), "attribution": list(groups.values())})
    frame = frame.sort_values("attribution", key=abs, ascending=False, ignore_index=True)
    history = pd.DataFrame(
        {
            "song_id": ["a", "b", "c"],
            "title": ["A", "A", "C"],
            "artist": ["X", "Y", "Z"],
            "attribution": [1.5, 0.6, -0.1],
        }
    )
    total = sum(groups.values())
    return Explanation("u1", "s1", total - 1.0, -1.0, method, error, frame, history, Baseline(), 32)


def test_a_sentence_names_what_speaks_for_and_against():
    found = explanation({"history": 2.0, "artist": 1.0, "loudness": -0.6, "tempo": 0.01, "any_song": 5.0})
    assert sentence(found, SONG, "u1") == (
        "For listener u1, “Blue” scores above an average song because of the songs they play (above all “A”) and its "
        "artist; its loudness speaks against it."
    )


def test_a_low_score_is_said_to_be_low_even_where_any_song_scores_high():
    found = explanation({"popularity": -2.0, "genres": 0.5, "any_song": 5.0})
    assert sentence(found, SONG) == (
        "For them, “Blue” scores below an average song because of how little known it is; its genres speak for it."
    )


def test_a_song_that_nobody_has_played_is_not_said_to_be_played_now():
    often, seldom = explanation({"now": 2.0, "artist": 1.0}), explanation({"now": -2.0, "artist": 1.0})
    played = "because of how much it is played right now and its artist"
    assert played in sentence(often, {**SONG, "listeners": 3})
    new = "because of how often new songs are what is played next and its artist"
    assert new in sentence(often, {**SONG, "listeners": 0})
    assert "because of how seldom new songs are what is played next" in sentence(seldom, {**SONG, "listeners": 0})


def test_no_difference_is_said_to_be_none():
    found = explanation({"history": 0.0}, error=None)
    assert sentence(found, SONG) == (
        "For them, “Blue” scores as an average song for an average listener without a history does."
    )
    assert completeness(found) == "there is no difference to take apart"


def test_whether_it_adds_up_is_said_as_it_is():
    assert completeness(explanation({"history": 1.0})) == "the parts add up to the difference, under 0.01 % off"
    assert completeness(explanation({"history": 1.0}, error=0.0042)) == "the parts add up to the difference, 0.42 % off"
    assert "they are 77 % off" in completeness(explanation({"history": 1.0}, "feature_ablation", 0.77))


def test_whether_methods_agree_is_said():
    found = explanation({"history": 4.0, "song": 3.0, "artist": 2.0, "genres": 1.0, "any_song": 9.0})
    other = explanation({"history": 4.0, "song": 3.0, "artist": 1.0, "genres": 2.0}, "feature_ablation")
    assert agreement(found, other) == "Ablation agrees on 2 of the 3 largest groups"
    assert agreement(other, found) == "Integrated gradients agree on 2 of the 3 largest groups"
    same = explanation({"song": 4.0, "history": 3.0, "artist": 2.0}, "feature_ablation")
    assert agreement(found, same) == "Ablation agrees on the 3 largest groups"


def test_what_counts_on_the_whole_is_of_any_song_and_any_listener():
    assert on_the_whole(["song", "history", "loudness"], 1_060) == (
        "A song’s own listeners, the songs a listener plays and loudness count most in what ranks first, over 1,060 "
        "listeners."
    )


def test_a_key_is_named_and_not_numbered():
    change = Change(sound={"key": 1.0, "mode": 0.0})
    says = moved_words(Titles(), Place(0.5, 3), Place(0.2, 12), change)
    assert says == "If its key was C♯ and if its mode was minor, it would fall from rank 3 to 12."


def test_a_baseline_is_said_in_words():
    assert against(Baseline()) == "an average song for an average listener without a history"
    assert against(Baseline("peers", "s9")) == (
        "the other song for someone of the same age, gender and country without a history"
    )
    assert [group_title(n) for n in ("song", "duration_ms", "loudness")] == ["Its own listeners", "Length", "Loudness"]


def test_a_waterfall_leads_from_the_baseline_to_the_score():
    groups = {f"feature {i}": 1.0 / (i + 1) for i in range(14)} | {"any_song": -0.01}
    found = explanation(groups)
    rows = waterfall(found)["data"]["values"]
    assert rows[0]["end"] == pytest.approx(-1.0)
    assert rows[1]["name"] == "Any song for them"
    for before, after in pairwise(rows[1:-1]):
        assert after["start"] == pytest.approx(before["end"])
    assert rows[-2]["end"] == pytest.approx(found.score)
    assert rows[-2]["name"] == "5 others"
    assert rows[-1]["end"] == pytest.approx(found.score)


def test_ablation_leaves_a_rest_that_the_waterfall_shows():
    found = explanation({"history": 2.0, "song": 2.0}, "feature_ablation", 0.5)
    shown = Explanation(**{**vars(found), "score": 1.0})
    rows = waterfall(shown)["data"]["values"]
    assert rows[-2]["name"] == "Counted twice"
    assert rows[-2]["end"] == pytest.approx(1.0)


def test_songs_for_come_first_and_those_of_one_title_are_told_apart():
    found = explanation({"history": 2.0})
    assert heard(found)["label"].tolist() == ["A", "A (2)", "C"]
    assert [row["kind"] for row in songs(found)["data"]["values"]] == ["for", "for", "against"]


class Titles:
    def song(self, song_id: str) -> dict[str, str]:
        return {"title": song_id.upper()}


def test_changes_are_said_in_words():
    before, after = Place(3.0, 2), Place(1.0, 40)
    change = Change(("a",), {"country": "Ghana", "age": None}, {"loudness": -8.0})
    assert moved_words(Titles(), before, after, change) == (
        "Without “A”, if they were from Ghana, if their age was not known and if its loudness was −8 dB, it would fall "
        "from rank 2 to 40."
    )
    assert moved_words(Titles(), before, before, Change(("a",))) == "Without “A”, it would still rank 2nd."
    assert change_words(Titles(), Smallest(before, Change(("a",)), after, 51), 10) == (
        "One thing is enough. Without “A”, it would fall from rank 2 to 40. (51 changes were tried.)"
    )
    assert "stays even without" in change_words(Titles(), Smallest(before, None, None, 9), 10)
    assert "not among the first 10" in change_words(Titles(), Smallest(after, Change(), after, 0), 10)
