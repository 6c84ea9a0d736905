import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.people import country_name, gender_key, is_country
from engine.data.simulate.countries import COUNTRY_NAMES


@pytest.mark.parametrize("name", COUNTRY_NAMES)
def test_the_simulated_countries_are_written_as_ours_are(name: str) -> None:
    assert country_name(name) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("GB", "United Kingdom"),
        ("uk", "United Kingdom"),
        ("Cote D'Ivoire", "Côte d’Ivoire"),
        ("Iran, Islamic Republic of", "Iran"),
        ("Russian Federation", "Russia"),
        ("Türkiye", "Turkey"),
        ("276", "Germany"),
        (" viet-nam ", "Vietnam"),
        ("Taiwan, Province of China", "Taiwan"),
        ("Antarctica", "Antarctica"),
    ],
)
def test_codes_and_formal_names_are_the_country_people_know(written: str, name: str) -> None:
    assert country_name(written) == name
    assert country_name(name) == name


def test_genders_are_a_letter_where_they_are_known_and_themselves_where_not() -> None:
    assert [gender_key(g) for g in ("Male", " w ", "Non-Binary", "N/A", "2")] == ["m", "f", "n", None, "2"]


@given(st.text(max_size=20))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = country_name(text)
    assert once is None or country_name(once) == once
    assert once is None or once == text or is_country(text)
    gender = gender_key(text)
    assert gender is None or gender_key(gender) == gender
