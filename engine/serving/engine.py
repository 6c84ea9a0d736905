"""Engine: search, recommend and find similar songs from one bundle, with the owner's own ids.

Read-only once loaded, so that one Engine can serve many threads. Imports neither torch nor captum.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.data.features import Features, UserArrays
from engine.data.histories import Histories
from engine.errors import BundleError, UnknownArtist, UnknownSong, UnknownUser
from engine.evaluation.audience import Audience, Audiences
from engine.explain.explanation import Explanation
from engine.explain.questions import DEFAULT, INTEGRATED_GRADIENTS, Baseline
from engine.retrieval import load_hnsw
from engine.search import SongSearch
from engine.search.corrections import corrected_query
from engine.serving import arguments
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, open_bundle
from engine.serving.data_record import DataRecord
from engine.serving.evaluation_record import EvaluationRecord
from engine.serving.head_index import HeadIndex
from engine.serving.listeners import Listeners
from engine.serving.prediction import Predicted, Predictor
from engine.serving.recommender import Listener, Recommender
from engine.serving.runtime import Head, ItemTower, UserTower
from engine.serving.song_filter import SongFilter

_FEW = 100


class Engine:
    """One loaded bundle. Make it with `Engine.load`."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        try:
            self.songs = pd.read_parquet(bundle.path(files.SONGS))
            self.users = pd.read_parquet(bundle.path(files.USERS))
            self._plays = pd.read_parquet(bundle.path(files.HISTORY))
            self.vectors: np.ndarray = np.load(bundle.path(files.VECTORS), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BundleError(f"{bundle.folder}: its tables can't be read; build the bundle again") from error
        self.features = Features.load(bundle.path(files.FEATURES))
        model = bundle.manifest["config"]["model"]
        self.tower = UserTower(bundle.path(files.USER_TOWER), model)
        by_head = None
        if model.get("score") == "head":
            heat = self.songs["heat"].to_numpy(dtype=np.float32)
            by_head = HeadIndex(Head(bundle.path(files.SCORE)), self.vectors, heat)
        hnsw = load_hnsw(bundle.folder, self.vectors)
        self.recommender = Recommender(self.tower, self.vectors, bundle.manifest["taste_dim"], hnsw, by_head)
        self.predictor = None if "off" in bundle.manifest["head"] else Predictor(bundle)
        self._search = SongSearch.load(bundle.path(files.SEARCH))
        self._filter = SongFilter(self.songs)
        self._song_index = pd.Index(self.songs["song_id"])
        self._user_index = pd.Index(self.users["user_id"])
        refit = bool(bundle.manifest["training"]["refit"])
        self._listeners = Listeners(self.features, self.users, self._plays, refit)
        self.explainer: Any = None  # made by `explain`, which alone needs torch

    @classmethod
    def load(cls, folder: str | Path) -> "Engine":
        """Load a bundle after checking its version and every file's hash.

        Raises
        ------
        BundleError
            The bundle is missing, incomplete, changed or of another version.
        """
        return cls(open_bundle(Path(folder)))

    def search(
        self,
        text: str,
        k: int = 10,
        *,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """Find songs by a title, an artist or both, misspelled or half typed.

        Parameters
        ----------
        genres, years
            Search among the songs with at least one of these genres, released between these years, both included.

        Returns
        -------
        frame
            `song_id`, `title`, `artist`, `score` (0–100), `field` (what matched), `confidence` (0–1; below .5 a song is
            only the nearest, hardly what was meant), `corrected` (the query as it would be typed right if the song was
            meant, "" if that is how it was typed), best first; empty if nothing is near.
        """
        hits = self._search.search(text, arguments.result_count(k), self._filter.allowed(genres, years))
        places = np.array([h.song_index for h in hits], dtype=np.int64)
        names = ([_text(self.songs[column].array[place]) for place in places] for column in ("title", "artist"))
        return self._rows(
            places,
            score=[h.score for h in hits],
            field=[h.field for h in hits],
            confidence=[h.confidence for h in hits],
            corrected=[corrected_query(text, title, artist) for title, artist in zip(*names, strict=True)],
        )

    def artists(
        self,
        text: str,
        k: int = 3,
        *,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """Find the artists that someone meant, misspelled or half typed; nobody if it was more likely a title.

        Returns
        -------
        frame
            `artist`, `songs` (how many they have, of those that `genres` and `years` leave), best first.
        """
        hits = self._search.artists(text, arguments.result_count(k), self._filter.allowed(genres, years))
        names = [str(self.songs["artist"].array[hit.song_index]) for hit in hits]
        return pd.DataFrame({"artist": names, "songs": [hit.songs for hit in hits]})

    def songs_by(
        self,
        artist: str,
        k: int = 50,
        *,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """List the songs of an artist, alone or with guests, the most played first: `song_id`, `title`, `artist`.

        Raises
        ------
        UnknownArtist
            No song is theirs; with the names that are nearest. Case, accents and punctuation don't matter.
        """
        k = arguments.result_count(k)
        found = self._search.songs_by(artist)
        if not len(found):
            raise UnknownArtist(artist, self.artists(artist, arguments.NEAREST_IDS)["artist"].tolist())
        allowed = self._filter.allowed(genres, years)
        return self._rows((found if allowed is None else found[allowed[found]])[:k])

    def popular(
        self, k: int = 10, *, genres: Sequence[str] | None = None, years: tuple[int, int] | None = None
    ) -> pd.DataFrame:
        """List the songs with the most listeners: `song_id`, `title`, `artist`."""
        listeners = self.songs["listeners"].to_numpy()
        allowed = self._filter.allowed(genres, years)
        places = np.arange(len(listeners)) if allowed is None else np.flatnonzero(allowed)
        return self._rows(places[np.argsort(-listeners[places], kind="stable")[: arguments.result_count(k)]])

    def recommend(
        self,
        user_id: str | None = None,
        *,
        history: Sequence[str] | Mapping[str, float] | None = None,
        age: float | None = None,
        gender: str | None = None,
        country: str | None = None,
        k: int = 20,
        exclude_seen: bool = True,
        diversity: float = 0.0,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """Recommend songs to a known user, or to someone never seen before.

        Parameters
        ----------
        user_id
            A known user; their history and demographics are used.
        history, age, gender, country
            Someone new: song ids they like, or how often they played each, and whatever is known of them, each
            optional. Not with `user_id`.
        k
            How many songs, 1–1,000.
        exclude_seen
            Leave out the songs of the history.
        diversity
            0–1: how much difference between the songs counts against their scores.
        genres
            Keep songs with at least one of these.
        years
            Keep songs released between these years, both included; songs without a year are left out.

        Returns
        -------
        frame
            `song_id`, `title`, `artist`, `score`, `closest_song_id`, `closest_title` (the song of the history that is
            nearest to it, missing without a history), `probability` (as of `predict`, missing without a head), best
            first; shorter than `k` if fewer songs are left.

        Raises
        ------
        UnknownUser, UnknownSong
            With the nearest known ids.
        SettingsError
            A parameter is out of range.
        """
        diversity = arguments.diversity_share(diversity)
        listener = self._listener(user_id, history, age, gender, country)
        allowed = self._filter.allowed(genres, years)
        ranked = self.recommender.recommend(
            listener,
            k=arguments.result_count(k),
            exclude=listener.history if exclude_seen else np.empty(0, dtype=np.int64),
            allowed=None if allowed is None else np.flatnonzero(allowed),
            diversity=diversity,
        )
        closest = pd.Series(ranked.closest)
        known = closest >= 0
        near = self.songs.iloc[closest.where(known, 0)].reset_index(drop=True)
        return self._rows(ranked.songs).assign(
            score=ranked.scores.astype(np.float64),
            closest_song_id=near["song_id"].where(known),
            closest_title=near["title"].where(known),
            probability=self._predicted(ranked.query, ranked.songs, listener).probability,
        )

    def predict(
        self,
        user_id: str | None = None,
        song_ids: Sequence[str] = (),
        *,
        history: Sequence[str] | Mapping[str, float] | None = None,
        age: float | None = None,
        gender: str | None = None,
        country: str | None = None,
    ) -> pd.DataFrame:
        """Predict whether someone will play songs, and how often.

        Parameters
        ----------
        user_id, history, age, gender, country
            A known user or someone new, as in `recommend`.
        song_ids
            The songs, as many as wanted. One that is in the history already is predicted as if it was new.

        Returns
        -------
        frame
            `song_id`, `title`, `artist`, `probability`, `expected_plays`, in the order of `song_ids`. The probability
            refers to the population that `bundle.manifest["head"]["population"]` names. `expected_plays` is what a
            listener who does play the song would typically reach (the middle, not the mean, which a few songs on
            repeat would set); missing where play counts were not learnt.

        Raises
        ------
        UnknownUser, UnknownSong
            With the nearest known ids.
        SettingsError
            A parameter is out of range.
        BundleError
            The bundle has no head: there was too little to fit one on.
        """
        song_ids = arguments.song_list(song_ids)
        if self.predictor is None:
            raise BundleError(
                f"{self.bundle.folder}: has no head to predict with: {self.bundle.manifest['head']['off']}"
            )
        listener = self._listener(user_id, history, age, gender, country)
        songs = np.array([self.song_position(song) for song in song_ids], dtype=np.int64)
        predicted = self._predicted(self.recommender.query(listener), songs, listener)
        return self._rows(songs).assign(probability=predicted.probability, expected_plays=predicted.plays)

    def explain(
        self,
        user_id: str | None = None,
        song_id: str = "",
        *,
        history: Sequence[str] | Mapping[str, float] | None = None,
        age: float | None = None,
        gender: str | None = None,
        country: str | None = None,
        method: str = INTEGRATED_GRADIENTS,
        baseline: Baseline = DEFAULT,
    ) -> Explanation:
        """Explain the score that `recommend` gives a song, seen or unseen; the first call loads torch and captum.

        Parameters
        ----------
        user_id, history, age, gender, country
            A known user or someone new, as in `recommend`.
        method
            `integrated_gradients`, `gradient_shap`, or `feature_ablation`, which need not add up.
        baseline
            What the score is held against.

        Raises
        ------
        UnknownUser, UnknownSong
            With the nearest known ids.
        SettingsError
            There is no such method or baseline.
        """
        from engine.explain.ask import explain

        listener = self._listener(user_id, history, age, gender, country)
        return explain(self, listener, user_id, song_id, method, baseline)

    def similar(self, song_id: str, k: int = 10) -> pd.DataFrame:
        """Find songs that the same listeners would like: `song_id`, `title`, `artist`, `score` (cosine)."""
        songs, cosines = self.recommender.similar(self.song_position(song_id), arguments.result_count(k))
        return self._rows(songs).assign(score=cosines.astype(np.float64))

    def audience(self, song_id: str) -> Audience:
        """Tell who listens to a song: its train listeners by age band, gender and country, beside all listeners."""
        return self._audiences.of(self.song_position(song_id))

    def song(self, song_id: str) -> dict[str, Any]:
        """Give all that is known of a song: its columns, `listeners` and `plays`; unknown values are None."""
        row = self.songs.iloc[self.song_position(song_id)]
        return {str(k): (None if pd.isna(v) else v) for k, v in row.items()}

    def user(self, user_id: str) -> dict[str, Any]:
        """Give a user's demographics and number of songs heard; unknown values are None."""
        position = self.user_position(user_id)
        row = self.users.iloc[position]
        facts = {str(k): (None if pd.isna(v) else v) for k, v in row.items()}
        return {**facts, "songs_heard": int(self.histories.counts[position])}

    def history(self, user_id: str, k: int | None = None) -> pd.DataFrame:
        """Songs a user has played, the most played first: `song_id`, `title`, `artist`, `play_count`, `played_at`."""
        plays = self._listeners.plays_of(self.user_position(user_id)).head(k)
        return self._rows(plays["song_index"].to_numpy()).assign(
            play_count=plays["play_count"].to_numpy(), played_at=plays["played_at"].to_numpy()
        )

    @property
    def histories(self) -> Histories:
        """Songs that each user has played, by position."""
        return self._listeners.histories

    @property
    def genres(self) -> list[str]:
        """All genres, the most frequent first."""
        return self._filter.genres

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last release year; None where none is known."""
        return self._filter.years

    @cached_property
    def _audiences(self) -> Audiences:
        return Audiences(self._plays, self.users, len(self.songs))

    @cached_property
    def data_record(self) -> DataRecord:
        """What was loaded when the bundle was built, what was rejected, and how the values lie."""
        return DataRecord.load(self.bundle)

    @cached_property
    def evaluation(self) -> EvaluationRecord:
        """How good the model is, for whom, and beside what: tables that are read when asked for."""
        return EvaluationRecord(self.bundle)

    def user_position(self, user_id: str) -> int:
        """Position of a user; raises `UnknownUser` with the nearest known ids."""
        return arguments.position(user_id, self._user_index, UnknownUser)

    def song_position(self, song_id: str) -> int:
        """Position of a song; raises `UnknownSong` with the nearest known ids."""
        return arguments.position(song_id, self._song_index, UnknownSong)

    def user_vectors(self, users: np.ndarray) -> np.ndarray:
        """Embed known users by all that is known of them, `(users, dim + 1)`."""
        return self._listeners.vectors(self.tower, users)

    def listener(
        self,
        user_id: str | None = None,
        *,
        history: Sequence[str] | Mapping[str, float] | None = None,
        age: float | None = None,
        gender: str | None = None,
        country: str | None = None,
    ) -> Listener:
        """Describe a known user or someone new, as in `recommend`, as the towers read them."""
        return self._listener(user_id, history, age, gender, country)

    def scores(self, listener: Listener, songs: np.ndarray) -> np.ndarray:
        """Score songs, by position, for a listener, `(songs,)`, as `recommend` does."""
        return self.recommender.scores(self.recommender.query(listener), songs)

    @cached_property
    def item_tower(self) -> ItemTower:
        """The exported item tower, for songs that are not as they are."""
        return ItemTower(self.bundle.path(files.ITEM_TOWER))

    @property
    def demographics(self) -> UserArrays:
        """Encoded demographics of all users."""
        return self._listeners.demographics

    def _rows(self, positions: np.ndarray, **more: list[Any]) -> pd.DataFrame:
        # One by one while they are few: a column's own `take` goes over all of it, too slow for each key.
        columns = {name: self.songs[name].array for name in ("song_id", "title", "artist")}
        if len(positions) > _FEW:
            return pd.DataFrame({**{name: column.take(positions) for name, column in columns.items()}, **more})
        few = {n: pd.array([column[at] for at in positions], dtype=column.dtype) for n, column in columns.items()}
        return pd.DataFrame({**few, **more})

    def _predicted(self, query: np.ndarray, songs: np.ndarray, listener: Listener) -> Predicted:
        """Predict songs for a listener's vector; NaN without a head."""
        if self.predictor is None or not len(songs):
            return Predicted(*np.full((2, len(songs)), np.nan))
        return self.predictor.predict(query, self.vectors[songs], songs, listener.history, listener.play_counts)

    def _listener(
        self,
        user_id: str | None,
        history: Sequence[str] | Mapping[str, float] | None,
        age: float | None,
        gender: str | None,
        country: str | None,
    ) -> Listener:
        arguments.known_or_new(user_id, history, age, gender, country)
        if user_id is not None:
            return self._listeners.known(self.user_position(user_id))
        heard = np.array(list(dict.fromkeys(self.song_position(song) for song in history or ())), dtype=np.int64)
        return self._listeners.new(heard, history, age, gender, country)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
