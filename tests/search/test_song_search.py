"""What people type, and the song that they meant."""

import numpy as np
import pytest

from engine.search import SongSearch

HARMONOGRAPH = ("Velvet Harmonograph", "The Tin Lanterns")
LIGHTHOUSE = ("Don't Wake the Lighthouse", "Møllevang")
TARRASQUE = ("Paper Moons Over Tarrasque", "Quillon Vey")


@pytest.mark.parametrize(
    "typed",
    [
        "paper moons over tarrasque quillon vey",
        "paper moons over tarrasqe quillon vey",  # one letter left out
        "papre moons over tarasque quilon vey",  # swapped, and doubled letters lost
        "qaper moons over tarrasque",  # first letter wrong
        "paper moons ovre terrask",  # as it sounds
        "papermoonsovertarrasquequillonvey",
        "pa per mo ons over tarrasque",
        "papermoons over tarrasque",
        "quillon vey paper moons over tarrasque",
        "tarrasque moons vey paper",  # shuffled, words dropped
        "paper moons tarrasque quillon",
        "PAPER  MOONS  OVER  TARRASQUE!!!",
        "paper moons over tarrasque lyrics",
    ],
)
def test_a_song_is_found_however_it_is_typed(find, typed: str):
    assert find(typed)[0] == TARRASQUE


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("kodbyens mane", "Kødbyens Måne"),
        ("creme brulee a laube", "Crème Brûlée à l'Aube"),
        ("dont wake the lighthouse", "Don't Wake the Lighthouse"),
        ("salt and ember", "Salt & Ember"),
        ("salt ember", "Salt & Ember"),
        ("rock n rumble", "Rock 'n' Rumble"),
        ("astral passenger", "A$tral Pa$$enger"),
        ("sos meridian", "S.O.S. Meridian"),
    ],
)
def test_accents_and_punctuation_need_not_be_typed(find, typed: str, title: str):
    assert find(typed)[0][0] == title


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("groza nad mostom", "Гроза над мостом"),
        ("vera lomanova groza", "Гроза над мостом"),
        ("ГРОЗА НАД МОСТОМ", "Гроза над мостом"),
        ("sakura no uta", "さくらのうた"),
        ("さくら", "さくらのうた"),
    ],
)
def test_other_scripts_are_found_in_their_own_and_in_latin_letters(find, typed: str, title: str):
    assert find(typed)[0][0] == title


@pytest.mark.parametrize("letters", range(4, len("midnight cartographer")))
def test_a_song_is_found_while_it_is_being_typed(find, letters: int):
    assert "Midnight Cartographer" in [title for title, _ in find("midnight cartographer"[:letters])[:3]]


def test_a_beginning_with_a_typing_error_is_still_a_beginning(find):
    assert find("midnihgt cartog")[0][0] == "Midnight Cartographer"


def test_the_last_word_may_be_only_begun(find):
    assert find("lighth")[0] == LIGHTHOUSE
    assert find("slow train amberm")[0][0] == "Slow Train to Ambermoor"


def test_the_plain_song_stands_above_more_popular_versions(find):
    titles = [title for title, _ in find("velvet harmonograph")]
    assert titles[0] == "Velvet Harmonograph"
    assert titles.index("Velvet Harmonograph (Live)") < titles.index("Velvet Harmonograph (Karaoke Version)")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("velvet harmonograph live", "Velvet Harmonograph (Live)"),
        ("velvet harmonograf remasterd", "Velvet Harmonograph - Remastered 2011"),
        ("velvet harmonograph reprise", "Velvet Harmonograph (Reprise)"),
        ("velvet harmonograph karaoke", "Velvet Harmonograph (Karaoke Version)"),
        ("midnight cartographer part 2", "Midnight Cartographer Part 2"),
        ("midnight cartografer pt. 1", "Midnight Cartographer Part 1"),
    ],
)
def test_a_version_comes_first_when_it_is_asked_for(find, typed: str, title: str):
    assert find(typed)[0][0] == title


def test_guests_need_not_be_typed(find):
    assert find("copper swallow tin lanterns")[0][0] == "Copper Swallow (feat. Jun Akari)"
    assert find("copper swallow jun akari")[0][0] == "Copper Swallow (feat. Jun Akari)"


def test_an_artist_lists_its_songs_by_popularity(find):
    assert find("guns of ferow")[:3] == [
        ("Ash", "Guns of Ferrow"),
        ("Salt & Ember", "Guns of Ferrow"),
        ("Rust", "Guns of Ferrow"),
    ]


def test_popularity_decides_what_a_beginning_stands_for():
    titles = ["Brackwater", "Brackish Hymn", "Brack"]
    by_second = SongSearch.build(titles, ["Pell", "Rook", "Vey"], np.array([10, 10_000, 1]))
    by_first = SongSearch.build(titles, ["Pell", "Rook", "Vey"], np.array([10_000, 10, 1]))
    assert by_second.search("brackw")[0].song_index == 0
    assert [hit.song_index for hit in by_second.search("brack")] == [2, 1, 0]
    assert [hit.song_index for hit in by_first.search("brack")] == [2, 0, 1]


def test_a_hit_says_what_matched(search: SongSearch):
    assert search.search("guns of ferrow")[0].field == "artist"
    assert search.search("midnight cartographer")[0].field == "title"
    assert search.search("midnight cartographer odalys brannigan")[0].field == "both"


def test_exact_beats_near(find):
    assert find("velvet harmonica")[0][0] == "Velvet Harmonica"
    assert find("ferrow")[0][0] == "Ferrow"


def test_near_titles_are_still_shown_beside_an_exact_one(find):
    assert "Velvet Harmonograph" in [title for title, _ in find("velvet harmonica")]


def test_one_error_ranks_above_two():
    titles = ["Marlinspike", "Marlowe", "Marrow"]
    search = SongSearch.build(titles, ["Pell"] * 3, np.array([1, 1_000, 1]))
    ranked = [titles[hit.song_index] for hit in search.search("marow")]
    assert ranked[:2] == ["Marrow", "Marlowe"]  # the popular one is two errors away


@pytest.mark.parametrize(("typed", "title"), [("rsut", "Rust"), ("oh", "Oh"), ("rost", "Rust"), ("ahs", "Ash")])
def test_short_titles_are_corrected_too(find, typed: str, title: str):
    assert title in [found for found, _ in find(typed)[:3]]


def test_a_title_of_symbols_is_found_by_its_symbols(find):
    assert find("+")[0] == ("+", "K!te")


def test_songs_without_title_or_artist_are_found_by_what_they_have(find):
    assert find("untitled assembly")[0] == ("", "Untitled Assembly")
    assert find("nameles harbour")[0] == ("Nameless Harbour", "")


@pytest.mark.parametrize("typed", ["", "   ", "xqzvkwj", "????", "\x00", "zzzz yyyy xxxx wwww"])
def test_nothing_near_gives_nothing(search: SongSearch, typed: str):
    assert search.search(typed) == []


def test_what_is_only_the_nearest_is_not_sure(search: SongSearch):
    for typed in ("velvet harmonograph", "velvt harmonogarph", "oh", "rsut", "guns of ferow", "midnihgt cartog", "+"):
        assert search.search(typed)[0].sure
    for typed in (
        "velvet wheelbarrow inspection",
        "the lighthouse of my uncle burned",
        "ambermoorings quarterly review",
    ):
        assert not any(hit.sure for hit in search.search(typed))


def test_numbers_may_be_spelt_otherwise(find):
    for typed in ("midnight cartographer part two", "midnight cartographer part ii", "midnight cartografer pt two"):
        assert find(typed)[0][0] == "Midnight Cartographer Part 2"


def test_a_word_that_was_typed_twice_is_not_met_by_one():
    search = SongSearch.build(["Ember", "Ember Ember", "Ember Ember (Live)"], ["Pell"] * 3)
    assert search.search("pell ember ember")[0].song_index == 1


def test_results_are_steady_from_key_to_key(find):
    text = "paper moons over tarrasque"
    places = [find(text[:letters]).index(TARRASQUE) for letters in range(6, len(text) + 1)]
    assert set(places) == {0}


def test_scores_fall_and_lie_between_0_and_100(search: SongSearch):
    for typed in ("velvet harmonograph", "odalys", "amber", "midnihgt"):
        scores = [hit.score for hit in search.search(typed)]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)


def test_full_text_scores_100_and_each_error_costs(search: SongSearch):
    scores = [
        search.search(typed)[0].score
        for typed in (
            "slow train to ambermoor quillon vey",
            "slow trian to ambermoor quillon vey",
            "slwo trian ambermor",
        )
    ]
    assert scores[0] == pytest.approx(100, abs=1)
    assert scores[0] > scores[1] > scores[2]


def test_no_more_than_k_hits_and_no_song_twice(search: SongSearch):
    for k in (0, 1, 3, 50, 1000):
        hits = [hit.song_index for hit in search.search("amber", k)]
        assert len(hits) <= k
        assert len(set(hits)) == len(hits)
    assert len(search.search("amber", 1000)) > len(search.search("amber", 10)) == 10


def test_an_artist_catalogue_whose_titles_are_its_artists_works():
    names = ["Bramblehook", "Bramble", "Brambleton Five", "Øystre", "AB/CD", "The Gullwings", "Thorns 'n Thistles"]
    search = SongSearch.build(names, names, np.arange(len(names)))
    typed = ["bramblehok", "bramble", "oystre", "ab cd", "the gulwings", "gullwings", "thorns and thistles"]
    assert [names[search.search(text)[0].song_index] for text in typed] == [
        "Bramblehook",
        "Bramble",
        "Øystre",
        "AB/CD",
        "The Gullwings",
        "The Gullwings",
        "Thorns 'n Thistles",
    ]


def test_missing_values_and_an_empty_catalogue_are_no_error():
    search = SongSearch.build([None, float("nan"), "Tessellate Me"], ["Ruen", None, float("nan")])  # type: ignore[list-item]
    assert search.search("tesselate me")[0].song_index == 2
    assert search.search("ruen")[0].song_index == 0
    assert SongSearch.build([], []).search("anything") == []


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one length"):
        SongSearch.build(["a"], [])


def test_progress_ends_at_the_number_of_songs():
    seen: list[tuple[int, int]] = []
    SongSearch.build(["Ash", "Rust"], ["", ""], on_progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 2)
    assert seen[-1] == (2, 2)


def test_half_typed_words_say_which_of_title_and_artist_they_begin() -> None:
    search = SongSearch.build(["Harbour Lights", "Someone Else"], ["Nobody", "Harbourmaster"])
    fields = {hit.song_index: hit.field for hit in search.search("harbou")}
    assert fields == {0: "title", 1: "artist"}
    assert search.search("harbour lights nob")[0].field == "both"


def test_a_filter_leaves_what_is_far_down_without_it():
    titles = ["Ember"] * 3_000 + ["Embers of Tarrasque", "Emberr", "The Last Ember Standing", "Unlike Any"]
    artists = [f"Artist {number}" for number in range(len(titles))]
    search = SongSearch.build(titles, artists, np.arange(len(titles))[::-1])
    few = np.arange(len(titles)) >= 3_000
    for typed in ("ember", "embr", "embe"):
        assert {titles[hit.song_index] for hit in search.search(typed, 10)} == {"Ember"}
        found = [titles[hit.song_index] for hit in search.search(typed, 10, allowed=few)]
        assert set(found) == {"Embers of Tarrasque", "Emberr", "The Last Ember Standing"}
        assert found[-1] == "The Last Ember Standing"


def test_a_filter_that_allows_all_changes_nothing_and_one_that_allows_none_finds_nothing(search: SongSearch):
    for typed in ("velvet harmonograph", "guns of ferow", "amb", "oh", "さくら", "+", "midnihgt cartog"):
        assert search.search(typed, 10, np.ones(len(search), dtype=bool)) == search.search(typed)
        assert search.search(typed, 10, np.zeros(len(search), dtype=bool)) == []


def test_a_filtered_search_is_the_unfiltered_one_less_what_is_filtered_out(search: SongSearch, songs):
    allowed = np.array([plays % 2 == 0 for _, _, plays in songs])
    for typed in ("velvet harmonograph", "odalys", "tin lanterns", "amber", "cartographer"):
        everything = [hit.song_index for hit in search.search(typed, 1_000) if allowed[hit.song_index]]
        narrowed = [hit.song_index for hit in search.search(typed, 1_000, allowed)]
        assert set(everything) <= set(narrowed)
        assert all(allowed[place] for place in narrowed)
