"""What artist, genres and each sound say of songs, told apart: the sums of `SongEncoder` and `ContentMap`, undone."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.explain.explanation import ARTIST, GENRES
from engine.model.content_map import ContentMap, how_described
from engine.model.embeddings import SongEncoder
from engine.model.towers import SongTensors

REST = ""  # what is said of every song alike


@dataclass(frozen=True)
class Weighed:
    """Songs and how much each counts, `at` `(n,)` and `share` `(n,)`, which add up to 1; one song is the simplest."""

    at: Tensor
    share: Tensor

    @classmethod
    def one(cls, song: int) -> "Weighed":
        """A song alone."""
        return cls(torch.tensor([song]), torch.ones(1, dtype=torch.float64))

    @classmethod
    def average(cls, weights: Tensor) -> "Weighed":
        """Songs `(songs,)` by their weights; those of weight 0 are left out."""
        at = torch.nonzero(weights > 0)[:, 0]
        share = weights[at].double()
        return cls(at, share / share.sum())

    def times(self, kept: Tensor) -> "Weighed":
        """The same songs, each counting `kept` `(n,)` times as much."""
        return Weighed(self.at, self.share * kept)


def encoded(encoder: SongEncoder, songs: SongTensors, of: Weighed, columns: list[str]) -> dict[str, Tensor]:
    """What a tower's encoder makes of the content of songs, by name, each `(dim,)`; their ids are left out.

    Parameters
    ----------
    columns
        What each column of the songs' sound is called; columns of one name go together.
    """
    if not encoder.content:
        return {}
    genres = songs.genres[of.at]
    slots = (genres > 0).double()
    each = of.share.unsqueeze(1) * slots / slots.sum(dim=1, keepdim=True).clamp(min=1).sqrt()
    artist, genre, sound = encoder.artist.weight, encoder.genre.weight, encoder.sound
    told = {
        ARTIST: _counted(songs.artist[of.at], of.share, len(artist)) @ artist,
        GENRES: _counted(genres.flatten(), each.flatten(), len(genre)) @ genre,
    }
    value, known = (of.share @ songs.sound[of.at]).chunk(2)
    for place, name in enumerate(columns):
        told[name] = told.get(name, 0) + value[place] * sound[place] + known[place] * sound[len(columns) + place]
    return told


def mapped(content: ContentMap, songs: SongTensors, of: Weighed, columns: list[str]) -> dict[str, Tensor]:
    """What a map from content makes of songs, as `encoded`; how well they are described goes with the genres."""
    told = encoded(content.encoder, songs, of, columns)
    described = of.share @ how_described(songs.genres[of.at]).to(of.share.dtype)
    return {**told, GENRES: told[GENRES] + described @ content.described, REST: content.mean * of.share.sum()}


def _counted(entries: Tensor, shares: Tensor, size: int) -> Tensor:
    return torch.zeros(size, dtype=shares.dtype).index_add(0, entries, shares)
