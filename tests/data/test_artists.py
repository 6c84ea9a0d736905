import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.artists import featured_artists, split_artist, standalone_artists

CREDITS = [
    "Jay-Z",
    "Kanye West",
    "Jay-Z & Kanye West",
    "Earth, Wind & Fire",
    "Tyler, The Creator",
    "Queen",
    "David Bowie",
]
KNOWN = standalone_artists(CREDITS)


@pytest.mark.parametrize(
    ("credit", "main", "guests"),
    [
        ("Queen", "queen", []),
        ("Queen feat. David Bowie", "queen", ["david bowie"]),
        ("Queen (ft. David Bowie & Jay-Z)", "queen", ["david bowie", "jay-z"]),
        ("QUEEN  Featuring Nobody Known", "queen", ["nobody known"]),
        ("Jay-Z & Kanye West", "jay-z", ["kanye west"]),
        ("Queen, David Bowie", "queen", ["david bowie"]),
        ("Earth, Wind & Fire", "earth, wind & fire", []),
        ("Tyler, The Creator", "tyler, the creator", []),
        ("Simon & Garfunkel", "simon & garfunkel", []),
        ("Featherstone", "featherstone", []),
        ("feat. Nobody", "feat. nobody", []),
        ("Queen feat. Queen", "queen", []),
    ],
)
def test_a_credit_is_divided_only_between_artists(credit: str, main: str, guests: list[str]) -> None:
    assert split_artist(credit, KNOWN) == (main, guests)


def test_a_joint_credit_is_no_artist_of_its_own() -> None:
    assert "jay-z & kanye west" not in KNOWN
    assert "earth, wind & fire" in KNOWN
    assert featured_artists(["A feat. B & C", "D"]) == {"b", "c"}


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=4))
def test_any_credit_has_a_main_artist_who_is_not_their_own_guest(credit: str, others: list[str]) -> None:
    main, guests = split_artist(credit, standalone_artists([credit, *others]))
    assert main not in guests
    assert len(guests) == len(set(guests)) <= 4
