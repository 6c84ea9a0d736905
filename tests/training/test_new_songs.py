"""What new songs are scored by: where listeners keep to their artists, the artists they know."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.config import load_settings
from engine.data.features import encode_users
from engine.data.histories import Histories
from engine.data.prepare import prepare
from engine.data.prepared import Prepared, load_prepared
from engine.data.split import TEST, TRAIN, VALID
from engine.model.blend import Blend
from engine.training.blend import Choices, blend
from engine.training.choose_blend import choose, choose_to_serve
from engine.training.judge import Judge
from engine.training.loop import Trained, train
from engine.training.validation import scorer_of

SETTINGS = load_settings(
    None, ["model.dim=8", "model.members=1", "train.epochs=2", "train.batch_users=64", "blend.factors=8"]
)
USERS, ARTISTS, OLD, NEW = 120, 3, 6, 3  # artists a user, songs that an artist had, and songs that came in the end


@pytest.fixture(scope="module")
def loyal(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """People with artists of their own, beside songs that everyone plays; all of them play their artists' new songs."""
    folder: Path = tmp_path_factory.mktemp("loyal")
    songs, plays = [], []
    for user in range(USERS):
        for artist in range(ARTISTS):
            for song in range(OLD + NEW):
                name = f"s{user}-{artist}-{song}"
                songs.append((name, name, f"artist {user}-{artist}"))
                days = (2 * song + artist) % 60 if song < OLD else 75 + 8 * (song - OLD)
                plays.append((f"u{user}", name, pd.Timestamp("2024-01-01") + pd.Timedelta(days=days)))
        plays += [(f"u{user}", f"c{song}", pd.Timestamp("2024-02-01")) for song in range(10) if (user + song) % 3]
        # By the artists that are known best, and played by nobody: they may come out some day, or not.
        songs += [(f"never{user}-{song}", f"never{user}-{song}", f"artist {user}-0") for song in range(20)]
    songs += [(f"c{song}", f"c{song}", f"artist c{song}") for song in range(10)]
    pd.DataFrame(songs, columns=["song_id", "title", "artist"]).to_csv(folder / "songs.csv", index=False)
    pd.DataFrame(plays, columns=["user_id", "song_id", "played_at"]).to_csv(folder / "plays.csv", index=False)
    pd.DataFrame({"user_id": [f"u{user}" for user in range(USERS)]}).to_csv(folder / "users.csv", index=False)
    prepare("tables", folder, folder / "prepared", SETTINGS)
    return load_prepared(folder / "prepared")


@pytest.fixture(scope="module")
def trained(loyal: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(loyal, SETTINGS, tmp_path_factory.mktemp("run"))


def test_new_songs_go_to_those_who_know_the_artist(loyal: Prepared, trained: Trained) -> None:
    choices = choose(loyal, trained, SETTINGS)
    assert choices is not None
    assert choices.artists >= 64
    whole = blend(loyal, trained, choices, SETTINGS)
    assert isinstance(whole.model, Blend)
    assert whole.model.familiar is not None
    users = len(loyal.users)
    histories, people = Histories.from_plays(loyal.part(TRAIN), users), encode_users(loyal.features, loyal.users)
    unheard = np.bincount(histories.songs, minlength=len(loyal.songs)) == 0
    artist = loyal.songs["artist"].to_numpy()
    hits = {}
    for name, model in (("with", whole), ("without", blend(loyal, trained, replace(choices, artists=0), SETTINGS))):
        scores = scorer_of(model.model, model.songs, histories, people)(np.arange(users))
        best = np.where(unheard, scores, -np.inf).argmax(axis=1)
        owner = [name.removeprefix("artist ").split("-")[0] for name in artist[best]]
        hits[name] = np.mean([f"u{o}" == u for o, u in zip(owner, loyal.users["user_id"], strict=True)])
    assert hits["with"] > 0.9
    assert hits["with"] > hits["without"] + 0.2


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Among which songs is ranked, `(songs,)` bool each."""
    found: list[np.ndarray] = []
    ranked = Judge.ranked

    def spied(judge: Judge, scores: np.ndarray, among: np.ndarray) -> np.ndarray:
        found.append(among)
        return ranked(judge, scores, among)

    monkeypatch.setattr(Judge, "ranked", spied)
    return found


def test_only_songs_that_came_are_asked_for(loyal: Prepared, trained: Trained, asked: list[np.ndarray]) -> None:
    """Asked among what nobody has played yet they would drown: a familiar artist would look worth little."""
    train, valid = (played(loyal, part) for part in (TRAIN, VALID))
    choose(loyal, trained, SETTINGS)
    among_new = [among for among in asked if (among & ~train).any()]
    assert among_new
    assert all((among == (valid & ~train)).all() for among in among_new)


def test_what_is_served_learns_from_what_came_last(loyal: Prepared, trained: Trained, asked: list[np.ndarray]) -> None:
    train, valid, test = (played(loyal, part) for part in (TRAIN, VALID, TEST))
    choices = choose(loyal, trained, SETTINGS)
    asked.clear()
    served = choose_to_serve(loyal, trained, choices, SETTINGS)
    assert served is not None
    assert served.artists >= 64
    windows = {among.tobytes() for among in asked}
    assert windows == {(valid & ~train).tobytes(), (test & ~train & ~valid).tobytes()}


def played(prepared: Prepared, part: int) -> np.ndarray:
    """Which songs have a play of a part, `(songs,)` bool."""
    return np.bincount(prepared.part(part)["song_index"], minlength=len(prepared.songs)) > 0


def test_with_nobody_to_ask_nothing_is_chosen(loyal: Prepared, trained: Trained) -> None:
    plays = loyal.plays[loyal.plays["part"] == TRAIN]
    silent = replace(loyal, plays=plays, info={**loyal.info, "split": "random"})
    choices = choose(silent, trained, SETTINGS)
    assert choices == replace(Choices(), smoothing=choices.smoothing if choices else None)
    assert choose_to_serve(silent, trained, choices, SETTINGS) == choices


def test_a_setting_leaves_artists_out(loyal: Prepared, trained: Trained) -> None:
    settings = SETTINGS.model_copy(update={"blend": SETTINGS.blend.model_copy(update={"artists": 0})})
    choices = choose(loyal, trained, settings)
    assert choices is not None
    assert choices.artists == 0


def test_test_plays_have_no_say(loyal: Prepared, trained: Trained) -> None:
    test = loyal.plays["part"] == TEST
    rolled = loyal.plays.assign(song_index=loyal.plays["song_index"].mask(test, np.roll(loyal.plays["song_index"], 7)))
    other = replace(loyal, plays=rolled)
    assert choose(other, trained, SETTINGS) == choose(loyal, trained, SETTINGS)
