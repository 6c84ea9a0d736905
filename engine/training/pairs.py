"""Pairs of users and songs as the prediction layer reads them: played ones that were held out, and unplayed ones.

Notable: a pair's user is described by the train plays, as when the model is asked, and the played songs are ones that
no tower was fitted on. Train plays that are hidden from the history wouldn't do: the song's own vector remembers who
played it, scores of such pairs come out too high, and a head that learns from them trusts the score too much.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from engine.data.batches import inference_batches
from engine.data.features import UserArrays, encode_songs, encode_users
from engine.data.heat import song_heat
from engine.data.histories import Histories
from engine.data.listening import Span
from engine.data.pair_facts import PairFacts
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID, new_to_user
from engine.training.loop import Trained

BATCH_USERS = 1_024
TRIES = 20  # at a song that a user hasn't played; someone who has played nearly all keeps the last draw


@dataclass(frozen=True)
class Pairs:
    """`users`, `songs` `(pairs,)` int64 positions; `played` `(pairs,)` bool; `log_plays` `(pairs,)`, 0 if unplayed."""

    users: np.ndarray
    songs: np.ndarray
    played: np.ndarray
    log_plays: np.ndarray

    def __len__(self) -> int:
        return len(self.users)

    def where(self, kept: np.ndarray) -> "Pairs":
        """Keep some of the pairs, by mask or position."""
        return Pairs(self.users[kept], self.songs[kept], self.played[kept], self.log_plays[kept])


def held_out_pairs(prepared: Prepared, part: int, negatives: int, most: int, seed: int) -> Pairs:
    """Pair users who have train plays with songs they first played in `part`, and with songs they didn't play.

    Parameters
    ----------
    part
        `VALID`, to fit on: no test play is looked at, not even to tell which songs are unplayed. Or `TEST`.
    negatives
        Unplayed songs for each played one, uniform over the catalogue.
    most
        Pairs at most; a uniform sample of the played ones.
    """
    rng = np.random.default_rng([seed, part])
    before = (TRAIN,) if part == VALID else (TRAIN, VALID)
    train = prepared.part(TRAIN)
    held = new_to_user(prepared.part(part), prepared.part(*before))
    held = held[held["user_index"].isin(train["user_index"])]
    most = max(most // (1 + negatives), 1)
    if len(held) > most:
        held = held.iloc[np.sort(rng.choice(len(held), most, replace=False))]
    known = prepared.part(*before, part)
    users = np.repeat(held["user_index"].to_numpy(np.int64), negatives)
    songs = unplayed(users, known, len(prepared.songs), rng)
    played = np.arange(len(held) + len(songs)) < len(held)
    logs = np.concatenate([np.log1p(held["play_count"].to_numpy(np.float64)), np.zeros(len(songs))])
    return Pairs(
        np.concatenate([held["user_index"].to_numpy(np.int64), users]),
        np.concatenate([held["song_index"].to_numpy(np.int64), songs]),
        played,
        logs,
    )


def unplayed(users: np.ndarray, plays: pd.DataFrame, songs: int, rng: np.random.Generator) -> np.ndarray:
    """Draw for each of `users` a song that isn't among their `plays`, uniformly, `(users,)`."""
    keys = played_keys(users, plays, songs)
    drawn = rng.integers(0, songs, len(users))
    for _ in range(TRIES):
        taken = np.flatnonzero(np.isin(users * songs + drawn, keys))
        if not len(taken):
            break
        drawn[taken] = rng.integers(0, songs, len(taken))
    return drawn


def played_keys(users: np.ndarray, plays: pd.DataFrame, songs: int) -> np.ndarray:
    """Number the (user, song) that any of `users` played, user · songs + song, sorted; of many plays only theirs."""
    theirs = plays[plays["user_index"].isin(np.unique(users))]
    return np.unique(theirs["user_index"].to_numpy(np.int64) * songs + theirs["song_index"].to_numpy(np.int64))


@dataclass(frozen=True)
class PairReader:
    """Turns pairs into what heads read: vectors from one training of the towers, facts from the same train plays."""

    trained: Trained
    facts: PairFacts
    histories: Histories
    places: Histories
    nothing: Histories
    log_plays: np.ndarray
    demographics: UserArrays
    items: Tensor
    table: Tensor

    @classmethod
    def of(cls, prepared: Prepared, trained: Trained) -> "PairReader":
        """Read pairs by the train plays of `prepared`, which `trained` was trained on."""
        plays = prepared.part(TRAIN)
        histories = Histories.from_plays(plays, len(prepared.users))
        train = prepared.plays[prepared.plays["part"] == TRAIN]
        heat = song_heat(train, len(prepared.songs), Span.of(train))
        years = prepared.songs["release_year"].to_numpy(np.float64)
        trained.model.eval()
        with torch.no_grad():
            items = trained.model.item_vectors(trained.songs)
            table = trained.model.history_table(trained.songs)
        return cls(
            trained,
            PairFacts.fit(plays, encode_songs(prepared.features, prepared.songs), years, heat),
            histories,
            replace(histories, songs=np.arange(len(plays))),
            Histories.from_plays(plays.iloc[:0], len(prepared.users)),
            np.log1p(plays["play_count"].to_numpy(np.float64)),
            encode_users(prepared.features, prepared.users),
            items,
            table,
        )

    def read(self, pairs: Pairs, blank: np.ndarray | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Give vectors of users and of songs, `(pairs, dim + 1)`, and facts `(pairs, len(FACTS))`, on the CPU.

        Parameters
        ----------
        blank
            Positions of users who are to be read as if nothing they played was known.
        """
        users, rows = np.unique(pairs.users, return_inverse=True)
        hidden = np.isin(users, blank if blank is not None else [])
        vectors = torch.empty(len(users), self.items.shape[1])
        for group, histories in ((~hidden, self.histories), (hidden, self.nothing)):
            chosen = np.flatnonzero(group)
            vectors[torch.from_numpy(chosen)] = self._vectors(histories, users[chosen])
        who, heard = self.histories.flat(users)
        logs = self.log_plays[self.places.flat(users)[1]]
        shown = ~hidden[who]
        facts = self.facts.of((who[shown], heard[shown], logs[shown]), len(users), rows, pairs.songs)
        items = self.items[torch.from_numpy(pairs.songs).to(self.items.device)].cpu()
        return vectors[torch.from_numpy(rows)], items, torch.from_numpy(facts)

    @torch.no_grad()
    def _vectors(self, histories: Histories, users: np.ndarray) -> Tensor:
        model, device = self.trained.model, self.items.device
        batches = inference_batches(histories, self.demographics, users, BATCH_USERS)
        found = [model.user_vectors(batch.to(device), self.table).float().cpu() for batch in batches]
        return torch.cat(found) if found else torch.empty(0, self.items.shape[1])
