"""The simulated world keeps its promises: reproducible, long-tailed, human hours, tastes that demographics shift."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.data.simulate import World, simulate_world, write_world
from engine.data.simulate.countries import COUNTRIES
from engine.data.simulate.genres import GENRE_NAMES
from engine.data.simulate.grammar import Dice, capitalise, expand, options
from engine.data.simulate.languages import LANGUAGE_OF
from engine.errors import SettingsError

USERS, SONGS, PLAYS = 400, 3_000, 60_000
TABLES = ("users", "songs", "plays")
AUDIO = [
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness"),
    *("liveness", "valence", "tempo", "time_signature"),
]
SCRIPTS = {
    "kana or kanji": "[\u3040-\u30ff\u4e00-\u9fff]",
    "hangul": "[\uac00-\ud7a3]",
    "cyrillic": "[\u0400-\u04ff]",
    "Latin with diacritics": "[áéíóúñãõçêôàèùäöüßåøæşğıİłśżźń]",
}


@pytest.fixture(scope="module")
def world() -> World:
    return simulate_world(USERS, SONGS, PLAYS, seed=7)


@pytest.fixture(scope="module")
def joined(world: World) -> pd.DataFrame:
    """Plays beside their song and listener, with the main genre and the listener's local time."""
    table = world.plays.merge(world.songs, on="song_id").merge(world.users, on="user_id")
    offset = {country.name: pd.Timedelta(hours=country.utc_offset) for country in COUNTRIES}
    return table.assign(genre=table.genres.str.split("|").str[0], local=table.played_at + table.country.map(offset))


def chi_square_per_freedom(table: pd.DataFrame) -> float:
    """Pearson's chi-square over its degrees of freedom: about 1 where rows don't differ."""
    counts = table.to_numpy(dtype=float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(((counts - expected) ** 2 / expected).sum() / ((counts.shape[0] - 1) * (counts.shape[1] - 1)))


def listeners_by_favourite(joined: pd.DataFrame, column: pd.Series) -> pd.DataFrame:
    """Count listeners, not plays, by group and favourite genre: a listener's plays aren't independent."""
    favourite = joined.groupby("user_id").genre.agg(lambda genres: genres.mode().iloc[0])
    group = column.groupby(joined.user_id).first()
    return pd.crosstab(group, favourite)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_world(simulate_world(60, 300, 4_000, seed=3), tmp_path / name)
    for table in TABLES:
        first, second = (tmp_path / name / f"{table}.parquet" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def test_another_seed_makes_another_world() -> None:
    one, other = (simulate_world(60, 300, 4_000, seed=seed) for seed in (3, 4))
    for table in TABLES:
        assert not getattr(one, table).equals(getattr(other, table))


def test_writing_leaves_three_tables_that_read_back_and_nothing_else(world: World, tmp_path: Path) -> None:
    write_world(world, tmp_path / "new" / "folder")
    files = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert files == {"users.parquet", "songs.parquet", "plays.parquet"}
    for table in TABLES:
        read = pd.read_parquet(tmp_path / "new" / "folder" / f"{table}.parquet")
        pd.testing.assert_frame_equal(read, getattr(world, table))


def test_the_tables_have_the_sizes_and_columns_that_were_asked_for(world: World) -> None:
    assert (len(world.users), len(world.songs), len(world.plays)) == (USERS, SONGS, PLAYS)
    assert list(world.users) == ["user_id", "age", "gender", "country", "signed_up_at"]
    assert list(world.songs) == [
        *("song_id", "title", "artist", "genres", "release_year", "duration_ms"),
        *AUDIO,
    ]
    assert list(world.plays) == ["user_id", "song_id", "play_count", "played_at"]


def test_ids_are_unique_and_every_play_refers_to_known_ones(world: World) -> None:
    assert world.users.user_id.is_unique and world.songs.song_id.is_unique
    assert world.users.user_id[0] == "u00001" and world.songs.song_id[SONGS - 1] == "s03000"
    assert world.plays.user_id.isin(world.users.user_id).all()
    assert world.plays.song_id.isin(world.songs.song_id).all()


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_the_top_one_percent_of_songs_get_a_fifth_to_two_fifths_of_plays(seed: int) -> None:
    plays = simulate_world(USERS, SONGS, PLAYS, seed).plays
    assert 0.2 <= plays.song_id.value_counts().head(SONGS // 100).sum() / PLAYS <= 0.4


def test_a_few_listeners_play_most_and_many_play_tens(world: World) -> None:
    activity = world.plays.user_id.value_counts()
    assert activity.max() > 10 * activity.median()
    assert 10 < activity.median() < PLAYS / USERS


def test_people_come_back_to_their_favourites(world: World) -> None:
    pairs = world.plays.groupby(["user_id", "song_id"]).size()
    assert 0.25 < len(pairs) / PLAYS < 0.6
    assert (pairs >= 5).sum() > 500


def test_people_are_loyal_to_artists(joined: pd.DataFrame) -> None:
    """The artist whom a listener plays most has a larger share for them than for everyone."""
    own = joined.groupby("user_id").artist.agg(lambda artists: artists.value_counts(normalize=True).iloc[0])
    everyone = joined.artist.value_counts(normalize=True).iloc[0]
    assert own.median() > 2 * everyone


def test_no_song_is_played_before_its_release(joined: pd.DataFrame) -> None:
    dated = joined.dropna(subset="release_year")
    assert (dated.played_at.dt.year >= dated.release_year).all()


def test_nobody_plays_before_signing_up(joined: pd.DataFrame) -> None:
    assert (joined.played_at >= pd.to_datetime(joined.signed_up_at, utc=True)).all()


def test_new_songs_rise_and_fade(joined: pd.DataFrame) -> None:
    new = joined[joined.release_year == 2023]
    in_2023, in_2024 = (new.played_at.dt.year == 2023).sum(), (new.played_at.dt.year == 2024).sum()
    assert in_2023 > 0
    assert len(new) / PLAYS > (joined.drop_duplicates("song_id").release_year == 2023).mean()
    # They were out for about half of 2023 only, and for all of 2024.
    assert in_2023 > 0.6 * in_2024


def test_all_plays_fall_in_the_two_years(world: World) -> None:
    assert world.plays.played_at.min() >= pd.Timestamp("2023-01-01", tz="UTC")
    assert world.plays.played_at.max() < pd.Timestamp("2025-01-01", tz="UTC")
    assert world.plays.played_at.is_monotonic_increasing


def test_evenings_are_loud_and_nights_are_quiet_in_local_time(joined: pd.DataFrame) -> None:
    hours = joined.local.dt.hour.value_counts(normalize=True)
    assert 17 <= hours.idxmax() <= 22
    assert hours[[2, 3, 4]].mean() < 0.3 * hours[[18, 19, 20]].mean()


def test_the_time_zone_shifts_the_day(joined: pd.DataFrame) -> None:
    # Noon UTC is the evening in Japan and the early morning in Mexico.
    noon = joined.played_at.dt.hour.between(10, 13).groupby(joined.country).mean()
    assert noon["Japan"] > 1.5 * noon["Mexico"]


def test_weekends_differ_from_weekdays(joined: pd.DataFrame) -> None:
    day, hour = joined.local.dt.day_of_week, joined.local.dt.hour
    assert (day == 4).mean() > (day == 0).mean()
    early = hour.between(6, 8)
    assert early[day < 5].mean() > 1.3 * early[day == 6].mean()


def test_age_gender_and_country_are_missing_for_some(world: World) -> None:
    missing = world.users[["age", "gender", "country"]].isna().mean()
    assert missing.between(0.05, 0.6).all()
    assert missing["age"] > missing["gender"] > 0.1
    assert world.users.age.dropna().between(13, 82).all()
    assert set(world.users.gender.dropna()) == {"f", "m", "n"}
    assert set(world.users.country.dropna()) <= {country.name for country in COUNTRIES}
    assert world.users.signed_up_at.str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_countries_differ_in_taste_beyond_chance(joined: pd.DataFrame) -> None:
    large = joined[joined.country.isin(joined.groupby("country").user_id.nunique().nlargest(6).index)]
    assert chi_square_per_freedom(listeners_by_favourite(large, large.country)) > 1.2


def test_listeners_prefer_songs_of_their_own_country(joined: pd.DataFrame) -> None:
    japanese = joined.title.str.contains(SCRIPTS["kana or kanji"])
    by_country = japanese.groupby(joined.country).mean()
    assert by_country["Japan"] > 4 * by_country.drop("Japan").mean()


def test_the_young_play_newer_songs(joined: pd.DataFrame) -> None:
    years = joined.groupby("user_id").agg(age=("age", "first"), year=("release_year", "mean")).dropna()
    assert years.astype(float).corr().loc["age", "year"] < -0.2


def test_genders_differ_in_taste(joined: pd.DataFrame) -> None:
    heavy = joined.genre.isin(["metal", "techno", "hip hop", "rock"]).groupby(joined.user_id).mean()
    gender = joined.groupby("user_id").gender.first()
    assert heavy[gender == "m"].mean() > heavy[gender == "f"].mean()


def test_audio_stays_in_the_documented_ranges(world: World) -> None:
    songs = world.songs
    for trait in ("danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness", "valence"):
        assert songs[trait].dropna().between(0, 1).all()
    assert songs.key.dropna().between(0, 11).all() and set(songs["mode"].dropna()) == {0, 1}
    assert songs.loudness.dropna().between(-40, 0).all()
    assert songs.tempo.dropna().between(50, 210).all()
    assert set(songs.time_signature.dropna()) <= {3, 4, 5}
    assert songs.duration_ms.between(35_000, 1_500_000).all()


def test_audio_is_missing_for_whole_songs_only(world: World) -> None:
    missing = world.songs[AUDIO].isna()
    assert (missing.all(axis=1) == missing.any(axis=1)).all()
    assert 0.05 < missing.any(axis=1).mean() < 0.12
    assert 0 < world.songs.genres.isna().mean() < 0.06
    assert 0 < world.songs.release_year.isna().mean() < 0.08


def test_genres_sound_as_they_should(world: World) -> None:
    mean = world.songs.groupby(world.songs.genres.str.split("|").str[0])[["energy", "acousticness", "loudness"]].mean()
    assert mean.energy["metal"] > mean.energy["folk"] > mean.energy["classical"]
    assert mean.acousticness["classical"] > mean.acousticness["pop"] > mean.acousticness["metal"]
    assert mean.loudness["metal"] > mean.loudness["classical"] + 6


def test_songs_have_one_to_three_different_known_genres(world: World) -> None:
    lists = world.songs.genres.dropna().str.split("|")
    assert set(lists.str.len()) == {1, 2, 3}
    assert all(len(set(genres)) == len(genres) for genres in lists)
    assert set(lists.explode()) <= set(GENRE_NAMES)


def test_no_two_songs_share_title_and_artist(world: World) -> None:
    names = world.songs[["title", "artist"]].apply(lambda column: column.str.casefold())
    assert not names.duplicated().any()
    assert names.title.duplicated().mean() < 0.05


@pytest.mark.parametrize("script", SCRIPTS)
def test_titles_come_in_many_scripts(world: World, script: str) -> None:
    assert world.songs.title.str.contains(SCRIPTS[script]).sum() >= 20


@pytest.mark.parametrize("mark", ["feat.", "(Live", "Remaster", "(Acoustic", "Remix)", "(Reprise)", "Pt. ", "'", "&"])
def test_titles_have_the_marks_that_real_ones_have(world: World, mark: str) -> None:
    assert world.songs.title.str.contains(mark, regex=False).any()


def test_titles_have_one_to_more_than_eight_words(world: World) -> None:
    words = world.songs.title.str.split().str.len()
    assert words.min() == 1 and words.max() > 8 and words.median() in (2, 3, 4)


def test_a_live_version_belongs_to_an_artist_who_has_the_plain_song(world: World) -> None:
    songs = world.songs.assign(
        bare=world.songs.title.str.replace(r" \((feat\.|with|ft\.).*| feat\. .*", "", regex=True)
    )
    live = songs[songs.title.str.endswith(" (Live)")]
    plain = set(zip(songs.artist, songs.bare, strict=True))
    found = [
        (artist, title.removesuffix(" (Live)")) in plain for artist, title in zip(live.artist, live.title, strict=True)
    ]
    assert len(found) >= 5 and np.mean(found) > 0.9
    assert live.liveness.mean() > songs.liveness.mean() + 0.3


@pytest.mark.parametrize("code", LANGUAGE_OF)
def test_every_template_of_a_language_can_be_filled(code: str) -> None:
    language = LANGUAGE_OF[code]
    dice = Dice(np.random.default_rng(0))
    words = {**language.words, "given": language.words["gf"]}
    flavours = [template for templates in language.flavours.values() for template in templates]
    for template in (*language.titles, *language.people, *language.bands, *language.live, *flavours):
        text = expand(template, words, dice)
        assert text and "{" not in text and "  " not in text


def test_a_slot_that_occurs_twice_gets_two_words() -> None:
    dice = Dice(np.random.default_rng(0))
    words = {"n": options("sea | sky | 3* sun")}
    assert all(len(set(expand("{n} {n}", words, dice).split())) == 2 for _ in range(20))


@pytest.mark.parametrize(
    ("text", "headline", "turkish", "expected"),
    [
        ("the moth and the light", True, False, "The Moth and the Light"),
        ("¿dónde está mi luna?", False, False, "¿Dónde está mi luna?"),
        ("isimsiz gece", False, True, "İsimsiz gece"),
        ("3 gölge", False, True, "3 gölge"),
        ("alibis at five a.m.", True, False, "Alibis at Five a.m."),
    ],
)
def test_titles_are_capitalised_as_their_language_does(text: str, headline: bool, turkish: bool, expected: str) -> None:
    assert capitalise(text, headline, turkish) == expected


@pytest.mark.parametrize("size", [(1, 1, 5), (1, 1, 1), (2, 40, 3), (50, 1, 7), (1, 50, 2_000)])
def test_tiny_worlds_work(size: tuple[int, int, int]) -> None:
    world = simulate_world(*size, seed=0)
    assert (len(world.users), len(world.songs), len(world.plays)) == size
    assert world.plays.song_id.isin(world.songs.song_id).all()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"users": 0}, "users"),
        ({"songs": -1}, "songs"),
        ({"plays": 0}, "plays"),
        ({"plays": 10**12}, "plays"),
        ({"users": 2.5}, "users"),
        ({"songs": True}, "songs"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_sizes_are_refused_by_name(arguments: dict[str, int], named: str) -> None:
    with pytest.raises(SettingsError, match=f"^{named} must be"):
        simulate_world(**arguments)


def test_progress_goes_from_nothing_to_everything() -> None:
    seen: list[tuple[str, float]] = []
    simulate_world(20, 100, 500, on_progress=lambda stage, fraction: seen.append((stage, fraction)))
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions) and fractions[0] == 0.0 and fractions[-1] == 1.0
    assert {stage for stage, _ in seen} == {"songs", "titles", "users", "plays", "tables"}


def test_neighbours_recommend_better_than_popularity() -> None:
    """Hide a fifth of each listener's songs: a listener's ten best by EASE hold twice the share of them."""
    users, songs = 1_500, 2_000
    world = simulate_world(users, songs, 150_000, seed=7)
    user = pd.Categorical(world.plays.user_id, categories=world.users.user_id).codes
    song = pd.Categorical(world.plays.song_id, categories=world.songs.song_id).codes
    heard = np.zeros((users, songs), dtype=np.float32)
    heard[user, song] = 1
    hidden = (heard > 0) & (np.random.default_rng(0).random(heard.shape) < 0.2)
    train = np.where(hidden, 0, heard)
    gram = train.T @ train + 200 * np.eye(songs, dtype=np.float32)
    inverse = np.linalg.inv(gram)
    # EASE (Steck, 2019): the closed form of the best linear item model that leaves each item out of itself.
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)

    def recall_at_10(scores: np.ndarray) -> float:
        top = np.argsort(-np.where(train > 0, -np.inf, scores), axis=1)[:, :10]
        found = np.take_along_axis(hidden, top, axis=1).sum(axis=1)
        some = hidden.any(axis=1)
        return float((found[some] / np.minimum(hidden.sum(axis=1)[some], 10)).mean())

    popularity = np.broadcast_to(train.sum(axis=0), train.shape)
    assert recall_at_10(train @ weights) > 2 * recall_at_10(popularity)
