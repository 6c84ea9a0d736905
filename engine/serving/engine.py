"""Engine: search, recommend and find similar songs from one bundle, with the owner's own ids.

Read-only once loaded, so that one Engine can serve many threads. Imports neither torch nor captum.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.data.features import Features
from engine.errors import BundleError, SettingsError
from engine.explain.explanation import Explanation
from engine.explain.questions import DEFAULT, INTEGRATED_GRADIENTS, Baseline
from engine.retrieval import ExactIndex, VectorIndex, load_hnsw
from engine.search import SongSearch
from engine.serving import arguments
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, open_bundle
from engine.serving.candidates import Candidates, pool_size
from engine.serving.data_record import DataRecord
from engine.serving.evaluation_record import EvaluationRecord
from engine.serving.head_index import HeadIndex
from engine.serving.people import People
from engine.serving.prediction import Predicted, Predictor
from engine.serving.recommender import Listener, Recommender
from engine.serving.rerank import SongFacts, Wishes, rerank
from engine.serving.runtime import Head, ItemTower, UserTower
from engine.serving.song_map import SongMap

_PLAYS = ["user_index", "song_index", "play_count", "played_at", "part"]


class Engine(People):
    """One loaded bundle. Make it with `Engine.load`."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        try:
            songs = pd.read_parquet(bundle.path(files.SONGS))
            users = pd.read_parquet(bundle.path(files.USERS))
            plays = pd.read_parquet(bundle.path(files.HISTORY), columns=_PLAYS)
            vectors = np.load(bundle.path(files.VECTORS), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BundleError(f"{bundle.folder}: its tables can't be read; build the bundle again") from error
        search, features = SongSearch.load(bundle.path(files.SEARCH)), Features.load(bundle.path(files.FEATURES))
        super().__init__(songs, search, features, users, plays, refit=bool(bundle.manifest["training"]["refit"]))
        self.vectors: np.ndarray = np.asarray(vectors)  # the same memory without memmap's slow slicing
        model = bundle.manifest["config"]["model"]
        self.tower = UserTower(bundle.path(files.USER_TOWER), model)
        exact: ExactIndex | HeadIndex = ExactIndex(self.vectors)
        index: VectorIndex = load_hnsw(bundle.folder, self.vectors)
        if model.get("score") == "head":
            heat = songs["heat"].to_numpy(dtype=np.float32)
            exact = index = HeadIndex(Head(bundle.path(files.SCORE)), self.vectors, heat)
        self.recommender = Recommender(self.tower, self.vectors, bundle.manifest["taste_dim"], index, exact)
        self.predictor = None if "off" in bundle.manifest["head"] else Predictor(bundle)
        self._version = bundle.version
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
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
        artists: Sequence[str] | None = None,
        without_artists: Sequence[str] | None = None,
        without_songs: Sequence[str] | None = None,
        diversity: float = 0.0,
        max_per_artist: int | None = None,
        novelty: float = 0.0,
        freshness: float = 0.0,
    ) -> pd.DataFrame:
        """Recommend songs to a known user, or to someone never seen before: `candidates`, then `rerank`.

        Parameters
        ----------
        user_id, history, age, gender, country, k, exclude_seen, genres, years, artists, without_artists, without_songs
            Who, how many and from which songs, as in `candidates`.
        diversity, max_per_artist, novelty, freshness
            In which order, as in `rerank`.

        Returns
        -------
        frame
            As of `rerank`.

        Raises
        ------
        UnknownUser, UnknownSong, UnknownArtist
            With the nearest known ones.
        SettingsError
            A parameter is out of range.
        """
        wishes = arguments.wishes(diversity, novelty, freshness, max_per_artist)
        k, listener = (
            arguments.result_count(k),
            self.listener(user_id, history=history, age=age, gender=gender, country=country),
        )
        allowed = self._allowed(genres, years, artists, without_artists, without_songs)
        query, songs, scores = self._found(listener, k, exclude_seen, allowed)
        order = self._order(songs, scores, k, wishes)
        songs = songs[order]
        # Of those that are shown alone, unlike what `candidates` has to tell of all.
        likely = self._predicted(query, songs, listener).probability
        return self._recommended(songs, scores[order], self.recommender.closest(songs, listener.history), likely)

    def candidates(
        self,
        user_id: str | None = None,
        *,
        history: Sequence[str] | Mapping[str, float] | None = None,
        age: float | None = None,
        gender: str | None = None,
        country: str | None = None,
        k: int = 20,
        exclude_seen: bool = True,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
        artists: Sequence[str] | None = None,
        without_artists: Sequence[str] | None = None,
        without_songs: Sequence[str] | None = None,
    ) -> Candidates:
        """Ask the model which songs someone may like, for `rerank` to choose from as often as wanted.

        Parameters
        ----------
        user_id
            A known user; their history and demographics are used.
        history, age, gender, country
            Someone new: song ids they like, or how often they played each, and whatever is known of them, each
            optional. Not with `user_id`.
        k
            How many recommendations are wanted, 1–1,000. There are five candidates for each, and at least 200.
        exclude_seen
            Leave out the songs of the history.
        genres
            Keep songs with at least one of these.
        years
            Keep songs released between these years, both included; songs without a year are left out.
        artists, without_artists
            Keep the songs of these artists alone, or leave theirs out; with guests or without, however it is written.
        without_songs
            Song ids to leave out.

        Returns
        -------
        candidates
            The best first; fewer if fewer songs are left.

        Raises
        ------
        UnknownUser, UnknownSong, UnknownArtist
            With the nearest known ones.
        SettingsError
            A parameter is out of range.
        """
        k, listener = (
            arguments.result_count(k),
            self.listener(user_id, history=history, age=age, gender=gender, country=country),
        )
        allowed = self._allowed(genres, years, artists, without_artists, without_songs)
        query, songs, scores = self._found(listener, k, exclude_seen, allowed)
        likely = self._predicted(query, songs, listener).probability
        return Candidates(self._version, k, songs, scores, likely, self.recommender.closest(songs, listener.history))

    def rerank(
        self,
        candidates: Candidates,
        *,
        k: int | None = None,
        diversity: float = 0.0,
        max_per_artist: int | None = None,
        novelty: float = 0.0,
        freshness: float = 0.0,
    ) -> pd.DataFrame:
        """Put candidates in order and give the first k. The model isn't asked again.

        Parameters
        ----------
        candidates
            As of `candidates` of this very bundle.
        k
            How many songs, 1–1,000; None for as many as the candidates were asked for.
        diversity
            0–1: how much likeness to the songs before it counts against a song's score (maximal marginal relevance).
        max_per_artist
            Most songs of one main artist; None for any number.
        novelty, freshness
            0–1: how much being little known and being recent count beside the score.

        Returns
        -------
        frame
            `song_id`, `title`, `artist`, `score`, `closest_song_id`, `closest_title` (the song of the history that is
            nearest to it, missing without a history), `probability` (as of `predict`, missing without a head), best
            first; shorter than `k` if the candidates don't hold more.

        Raises
        ------
        SettingsError
            A parameter is out of range, or the candidates are of another bundle.
        """
        wishes = arguments.wishes(diversity, novelty, freshness, max_per_artist)
        if candidates.bundle != self._version:
            raise SettingsError(f"these candidates are of another bundle than {self.bundle.name}; ask for them again")
        k = candidates.k if k is None else arguments.result_count(k)
        at = self._order(candidates.songs, candidates.scores, k, wishes)
        return self._recommended(
            candidates.songs[at], candidates.scores[at], candidates.closest[at], candidates.probability[at]
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
        song_ids = arguments.several("song_ids", song_ids)
        if self.predictor is None:
            raise BundleError(
                f"{self.bundle.folder}: has no head to predict with: {self.bundle.manifest['head']['off']}"
            )
        listener = self.listener(user_id, history=history, age=age, gender=gender, country=country)
        songs = np.array([self.song_position(song) for song in song_ids], dtype=np.int64)
        predicted = self._predicted(self.recommender.query(listener), songs, listener)
        return self._rows(songs, probability=predicted.probability, expected_plays=predicted.plays)

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

        listener = self.listener(user_id, history=history, age=age, gender=gender, country=country)
        return explain(self, listener, user_id, song_id, method, baseline)

    def similar(self, song_id: str, k: int = 10) -> pd.DataFrame:
        """Find songs that the same listeners would like: `song_id`, `title`, `artist`, `score` (cosine)."""
        songs, cosines = self.recommender.similar(self.song_position(song_id), arguments.result_count(k))
        return self._rows(songs, score=cosines.astype(np.float64))

    @cached_property
    def data_record(self) -> DataRecord:
        """What was loaded when the bundle was built, what was rejected, and how the values lie."""
        return DataRecord.load(self.bundle)

    @cached_property
    def evaluation(self) -> EvaluationRecord:
        """How good the model is, for whom, and beside what: tables that are read when asked for."""
        return EvaluationRecord(self.bundle)

    @cached_property
    def song_map(self) -> SongMap | None:
        """Where songs lie in two dimensions; None in a bundle without a map, as older ones are."""
        return SongMap.load(self.bundle, self.songs)

    def user_vectors(self, users: np.ndarray) -> np.ndarray:
        """Embed known users by all that is known of them, `(users, dim + 1)`."""
        return self._listeners.vectors(self.tower, users)

    def scores(self, listener: Listener, songs: np.ndarray) -> np.ndarray:
        """Score songs, by position, for a listener, `(songs,)`, as `recommend` does."""
        return self.recommender.scores(self.recommender.query(listener), songs)

    @cached_property
    def item_tower(self) -> ItemTower:
        """The exported item tower, for songs that are not as they are."""
        return ItemTower(self.bundle.path(files.ITEM_TOWER))

    def _allowed(
        self,
        genres: Sequence[str] | None,
        years: tuple[int, int] | None,
        artists: Sequence[str] | None,
        without_artists: Sequence[str] | None,
        without_songs: Sequence[str] | None,
    ) -> np.ndarray | None:
        """Tell which songs the filters leave, `(songs,)` bool; None for all."""
        only = self._all_by(arguments.several("artists", artists)) if artists else None
        without = self._all_by(arguments.several("without_artists", without_artists))
        songs = [self.song_position(song) for song in arguments.several("without_songs", without_songs)]
        return self._filter.allowed(genres, years, only, np.append(without, np.array(songs, dtype=np.int64)))

    def _found(
        self, listener: Listener, k: int, exclude_seen: bool, allowed: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Find what to choose k songs from: the listener's vector, positions and scores, best first."""
        query = self.recommender.query(listener)
        exclude = listener.history if exclude_seen else listener.history[:0]
        return query, *self.recommender.candidates(query, pool_size(k), exclude, allowed)

    def _order(self, songs: np.ndarray, scores: np.ndarray, k: int, wishes: Wishes) -> np.ndarray:
        """Choose and order k of some songs; nothing here may ask the model."""
        if wishes == Wishes():
            return np.arange(min(k, len(songs)))
        artists = np.zeros(len(songs), dtype=np.int64)
        if wishes.max_per_artist is not None:
            artists = self._filter.main_artists[songs]
        taste, years = self.recommender.taste(songs), self._filter.release_years[songs]
        return rerank(scores, SongFacts(taste, self._listener_counts[songs], years, artists), k, wishes)

    def _recommended(
        self, songs: np.ndarray, scores: np.ndarray, closest: np.ndarray, probability: np.ndarray
    ) -> pd.DataFrame:
        known, near = closest >= 0, np.maximum(closest, 0)
        return self._rows(
            songs,
            score=scores.astype(np.float64),
            closest_song_id=self._texts("song_id", near, known),
            closest_title=self._texts("title", near, known),
            probability=probability,
        )

    def _predicted(self, query: np.ndarray, songs: np.ndarray, listener: Listener) -> Predicted:
        """Predict songs for a listener's vector; NaN without a head."""
        if self.predictor is None or not len(songs):
            return Predicted(*np.full((2, len(songs)), np.nan))
        return self.predictor.predict(query, self.vectors[songs], songs, listener.history, listener.play_counts)
