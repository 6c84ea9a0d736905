"""Recommend: candidates from the model, their order, and what a listener may make of songs."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from engine.errors import BundleError, SettingsError, UnknownUser
from engine.serving import arguments
from engine.serving.bundle import Bundle
from engine.serving.candidates import Candidates, pool_size
from engine.serving.catalogue import Catalogue
from engine.serving.frames import frame_of
from engine.serving.listeners import Listeners
from engine.serving.prediction import Predicted, Predictor
from engine.serving.recommender import Listener, Recommender
from engine.serving.rerank import SongFacts, Wishes, rerank


class Ranking(Catalogue):
    """What an Engine knows of songs for someone.

    Attributes
    ----------
    bundle
        Where all of it comes from.
    vectors
        `(songs, width)`, what the recommender finds songs by.
    predictor
        The prediction layer, or None where there is none.
    """

    bundle: Bundle
    vectors: np.ndarray
    recommender: Recommender
    predictor: Predictor | None
    _listeners: Listeners
    _user_index: pd.Index
    _version: str

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
        k = arguments.result_count(k)
        listener = self.listener(user_id, history=history, age=age, gender=gender, country=country)
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
        k = arguments.result_count(k)
        listener = self.listener(user_id, history=history, age=age, gender=gender, country=country)
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

    def user_position(self, user_id: str) -> int:
        """Position of a user; raises `UnknownUser` with the nearest known ids."""
        return arguments.position(user_id, self._user_index, UnknownUser)

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
        arguments.known_or_new(user_id, history, age, gender, country)
        if user_id is not None:
            return self._listeners.known(self.user_position(user_id))
        heard = np.array(list(dict.fromkeys(self.song_position(song) for song in history or ())), dtype=np.int64)
        return self._listeners.new(heard, history, age, gender, country)

    def _allowed(
        self,
        genres: Sequence[str] | None,
        years: tuple[int, int] | None,
        artists: Sequence[str] | None,
        without_artists: Sequence[str] | None,
        without_songs: Sequence[str] | None,
    ) -> np.ndarray | None:
        """Tell which songs the filters leave, `(songs,)` bool; None for all."""
        if artists is None and without_artists is None and without_songs is None:
            return self._filter.allowed(genres, years)
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
        song_id, title, artist = self._texts(("song_id", "title", "artist"), songs)
        near_id, near_title = self._texts(("song_id", "title"), np.maximum(closest, 0), closest >= 0)
        return frame_of(
            {
                "song_id": song_id,
                "title": title,
                "artist": artist,
                "score": scores.astype(np.float64),
                "closest_song_id": near_id,
                "closest_title": near_title,
                "probability": probability,
            }
        )

    def _predicted(self, query: np.ndarray, songs: np.ndarray, listener: Listener) -> Predicted:
        """Predict songs for a listener's vector; NaN without a head."""
        if self.predictor is None or not len(songs):
            return Predicted(*np.full((2, len(songs)), np.nan))
        return self.predictor.predict(query, self.vectors[songs], songs, listener.history, listener.play_counts)
