"""Recent searches: which count, and in which order."""

from engine.ui.recent import MOST, remembering


def all_of(*texts: str) -> tuple[str, ...]:
    kept: tuple[str, ...] = ()
    for text in texts:
        kept = remembering(kept, text)
    return kept


def test_the_newest_comes_first_and_each_is_there_once():
    assert all_of("ember", "kite", "EMBER") == ("EMBER", "kite")


def test_a_search_takes_the_place_of_the_one_it_goes_on_from():
    assert all_of("kite", "emb", "ember tarr") == ("ember tarr", "kite")


def test_a_beginning_of_the_newest_is_somebody_deleting_letters_unless_it_was_deliberate():
    assert all_of("ember tarr", "emb") == ("ember tarr",)
    assert remembering(("ember tarr",), "emb", deliberate=True) == ("emb", "ember tarr")


def test_nothing_typed_is_no_search_and_spaces_do_not_matter():
    assert all_of("", "  ", " ember   tarr ") == ("ember tarr",)


def test_there_are_at_most_so_many():
    assert all_of(*(f"{letter} song" for letter in "abcdefghijkl")) == tuple(f"{c} song" for c in "lkjihgfe")
    assert MOST == 8
