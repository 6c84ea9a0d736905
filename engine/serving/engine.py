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
from engine.errors import BundleError
from engine.evaluation.audience import Audience, Audiences
from engine.explain.explanation import Explanation
from engine.explain.questions import DEFAULT, INTEGRATED_GRADIENTS, Baseline
from engine.retrieval import ExactIndex, VectorIndex, load_hnsw
from engine.search import SongSearch
from engine.serving import arguments
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, open_bundle
from engine.serving.data_record import DataRecord
from engine.serving.evaluation_record import EvaluationRecord
from engine.serving.head_index import HeadIndex
from engine.serving.listeners import Listeners
from engine.serving.prediction import Predictor
from engine.serving.ranking import Ranking
from engine.serving.recommender import Listener, Recommender
from engine.serving.runtime import Head, ItemTower, UserTower
from engine.serving.song_map import SongMap
from engine.serving.tables import read_bundle_table

_PLAYS = ["user_index", "song_index", "play_count", "played_at", "part"]


class Engine(Ranking):
    """One loaded bundle. Make it with `Engine.load`."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        try:
            songs = read_bundle_table(bundle.path(files.SONGS))
            self.users = read_bundle_table(bundle.path(files.USERS))
            self._plays = read_bundle_table(bundle.path(files.HISTORY), _PLAYS)
            vectors = np.load(bundle.path(files.VECTORS), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BundleError(f"{bundle.folder}: its tables can't be read; build the bundle again") from error
        super().__init__(songs, SongSearch.load(bundle.path(files.SEARCH)))
        self.vectors: np.ndarray = np.asarray(vectors)  # the same memory without memmap's slow slicing
        self.features = Features.load(bundle.path(files.FEATURES))
        model = bundle.manifest["config"]["model"]
        self.tower = UserTower(bundle.path(files.USER_TOWER), model)
        graph = load_hnsw(bundle.folder, self.vectors)
        exact: ExactIndex | HeadIndex = graph.exact
        index: VectorIndex = graph
        if model.get("score") == "head":
            heat = songs["heat"].to_numpy(dtype=np.float32)
            exact = index = HeadIndex(Head(bundle.path(files.SCORE)), self.vectors, heat)
        self.recommender = Recommender(self.tower, self.vectors, bundle.manifest["taste_dim"], index, exact)
        self.predictor = None if "off" in bundle.manifest["head"] else Predictor(bundle)
        self._user_index = pd.Index(self.users["user_id"])
        refit = bool(bundle.manifest["training"]["refit"])
        self._listeners = Listeners(self.features, self.users, self._plays, refit)
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

    def audience(self, song_id: str) -> Audience:
        """Tell who listens to a song: its train listeners by age band, gender and country, beside all listeners."""
        return self._audiences.of(self.song_position(song_id))

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

    @property
    def demographics(self) -> UserArrays:
        """Encoded demographics of all users."""
        return self._listeners.demographics

    def fingerprints(self, users: np.ndarray) -> np.ndarray:
        """Give a number for all that is known of each user, `(users,)` uint64: it changes if anything of it does."""
        return self._listeners.fingerprints(users)
