"""One word for one thing: genders and countries as people write them, brought to one spelling each.

What isn't recognised is kept as it was written, so that an anonymised code is still a category of its own.
"""

import unicodedata
from functools import cache

import pandas as pd

# "NA" is Namibia where a country is meant, and nothing where a gender is.
_UNKNOWN = frozenset({"", "-", "?", "unknown", "undisclosed", "not specified", "none", "null", "nan", "n/a", "n.a."})
_UNKNOWN_GENDER = _UNKNOWN | {"na", "u", "unspecified", "prefer not to say"}
_GENDERS = {
    **dict.fromkeys(("f", "female", "w", "woman", "girl", "fem", "females"), "f"),
    **dict.fromkeys(("m", "male", "man", "boy", "masc", "males"), "m"),
    **dict.fromkeys(
        ("n", "nb", "non-binary", "nonbinary", "non binary", "x", "d", "diverse", "other", "enby", "genderqueer"), "n"
    ),
}

# Names most people use where ISO 3166 is formal or pycountry has no common name.
_SHORT_NAMES = {
    "BQ": "Caribbean Netherlands", "CC": "Cocos Islands", "CD": "DR Congo", "CI": "Côte d’Ivoire", "CV": "Cape Verde",
    "FK": "Falkland Islands", "FM": "Micronesia", "BN": "Brunei", "LA": "Laos", "MF": "Saint Martin", "PS": "Palestine",
    "RU": "Russia", "SH": "Saint Helena", "SX": "Sint Maarten", "SY": "Syria", "TR": "Turkey", "VA": "Vatican City",
    "VG": "British Virgin Islands", "VI": "U.S. Virgin Islands",
}  # fmt: skip
_ALIASES = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "u s a": "US", "u s": "US", "united states of america": "US", "holland": "NL", "the netherlands": "NL",
    "ivory coast": "CI", "cote d ivoire": "CI", "cape verde": "CV", "cabo verde": "CV", "macedonia": "MK",
    "macedonia the former yugoslav republic of": "MK", "czech republic": "CZ", "burma": "MM", "swaziland": "SZ",
    "turkiye": "TR", "russia": "RU", "korea": "KR", "republic of korea": "KR", "viet nam": "VN", "macau": "MO",
    "east timor": "TL", "vatican": "VA", "libyan arab jamahiriya": "LY", "reunion": "RE", "zaire": "CD",
    "democratic republic of the congo": "CD", "republic of the congo": "CG", "the bahamas": "BS", "the gambia": "GM",
    "palestinian territory occupied": "PS", "palestinian territories": "PS", "brasil": "BR", "espana": "ES",
    "deutschland": "DE", "osterreich": "AT", "schweiz": "CH", "suisse": "CH", "italia": "IT", "polska": "PL",
    "sverige": "SE", "norge": "NO", "danmark": "DK", "suomi": "FI", "nippon": "JP", "belgie": "BE", "belgique": "BE",
}  # fmt: skip


def gender_key(text: str) -> str | None:
    """Bring a gender to `f`, `m` or `n`; None where it says that it isn't known, case folded where unrecognised."""
    word = " ".join(text.casefold().split())
    if word in _UNKNOWN_GENDER:
        return None
    return _GENDERS.get(word, word)


def country_name(text: str) -> str | None:
    """Bring a country (ISO 3166 code, common or official name) to its common English name.

    None where it says that it isn't known; what isn't recognised stays as it is.
    """
    if " ".join(text.casefold().split()) in _UNKNOWN:
        return None
    code = _codes().get(_folded(text))
    return _names()[code] if code else text


def is_country(name: str) -> bool:
    """Tell whether `country_name` recognises a text."""
    return _folded(name) in _codes()


def normalise_people(users: pd.DataFrame) -> dict[str, int]:
    """Normalise the columns `gender` and `country` of a typed users table in place; returns what was changed."""
    changed: dict[str, int] = {}
    for column, rule, known in (
        ("gender", gender_key, lambda text: gender_key(text) in ("f", "m", "n", None)),
        ("country", country_name, lambda text: country_name(text) is None or is_country(text)),
    ):
        written = users[column].dropna().unique()
        spelling = {text: rule(text) for text in written}
        counts = users[column].value_counts()
        changed[f"{column} normalised"] = int(sum(counts[t] for t in written if spelling[t] not in (t, None)))
        changed[f"{column} says unknown, made unknown"] = int(sum(counts[t] for t in written if spelling[t] is None))
        changed[f"{column} not recognised, kept as written"] = int(sum(counts[t] for t in written if not known(t)))
        users[column] = users[column].map(spelling).astype("str")
    return {what: n for what, n in changed.items() if n}


@cache
def _names() -> dict[str, str]:
    import pycountry

    common = {c.alpha_2: getattr(c, "common_name", c.name) for c in pycountry.countries}
    return {**common, **_SHORT_NAMES}


@cache
def _codes() -> dict[str, str]:
    import pycountry

    codes = {}
    for country in pycountry.countries:
        fields = ("alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name")
        for field in fields:
            if hasattr(country, field):
                codes[_folded(getattr(country, field))] = country.alpha_2
    codes.update({_folded(name): code for code, name in _SHORT_NAMES.items()})
    codes.update(_ALIASES)
    return codes


def _folded(text: str) -> str:
    """Fold case, marks, punctuation and spaces."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters.replace("ı", "i")).split())
