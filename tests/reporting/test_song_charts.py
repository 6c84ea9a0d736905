"""Bars for a song, ticks for what it is held against."""

from engine.reporting.song_charts import beside, rows_of


def test_rows_keep_their_order_and_what_is_missing_is_no_tick():
    spec = beside(rows_of(["b", "a"], [0.1, 0.4], [0.2, float("nan")], ["10%", "40%"]), "sound")
    assert [row["label"] for row in spec["data"]["values"]] == ["b", "a"]
    assert spec["data"]["values"][1]["other"] is None
    assert {layer["mark"]["type"] for layer in spec["layer"]} == {"bar", "tick"}


def test_the_axis_ends_at_the_largest_share_or_at_100_percent():
    rows = rows_of(["a"], [0.1], [0.3], [""])
    for whole, end in ((False, 0.3), (True, 1.0)):
        assert all(
            layer["encoding"]["x"]["scale"]["domain"] == [0, end] for layer in beside(rows, "x", whole=whole)["layer"]
        )
    assert beside(rows_of(["a"], [0.0], [0.0], [""]), "x")["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0, 1.0]
