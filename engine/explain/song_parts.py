"""What a song's vector is made of: its own listeners, artist, genres, each sound, year, popularity, the moment.

An average of songs is taken apart the same way, since every part is linear in the songs it is averaged over. Only
dense layers, where a model has them, come after the sum.
"""

import torch
from torch import Tensor

from engine.errors import SettingsError
from engine.explain.content_parts import REST, Weighed, encoded, mapped
from engine.explain.explanation import ARTIST, GENRES, NOW, POPULARITY, SONG
from engine.model.blend import Blend, Network
from engine.model.towers import SongTensors

_COLUMNS = {"log_duration": "duration_ms", "key_sin": "key", "key_cos": "key"}
_BIAS, _WORTH = (
    -2,
    -3,
)  # places of the bias and, before it, of what popularity is worth to newcomers; the last is heat's


class Songs:
    """Takes the songs of a network apart.

    A vector here has the places of the served one, and one more for what is added to the score: heat.

    Parameters
    ----------
    model, songs
        In double precision.
    sound
        What the columns of the songs' sound are, as `Features.sound` names them.
    """

    def __init__(self, model: Network, songs: SongTensors, sound: list[str]) -> None:
        blend = model if isinstance(model, Blend) else None
        self._songs, self._towers = songs, model.towers if isinstance(model, Blend) else model
        self._unheard = None if blend is None else blend.unheard
        self._squares = None if blend is None else blend.least_squares
        self._familiar = None if blend is None else blend.familiar
        self._newcomers = None if blend is None else blend.newcomers
        self._dim = self._towers.users.dim
        self._size = (self._dim + 1 if blend is None else blend.width) + 1
        self._columns = [_COLUMNS.get(name, name) for name in sound]
        self.names = [SONG, ARTIST, GENRES, *dict.fromkeys(self._columns), POPULARITY, NOW]

    def played(self, song: int) -> bool:
        """Tell whether a song has train plays, and so a vector of its own."""
        return bool(self._songs.has_id[song] > 0)

    @torch.no_grad()
    def parts(self, of: Weighed, played: bool) -> Tensor:
        """Take songs apart, `(parts, width + 1)`, in the order of `names`.

        Parameters
        ----------
        of
            Songs; of several the average.
        played
            Whether to read their content as that of songs with a vector of their own, or of songs that live on it
            alone. Either way the parts add up to the songs' vector: what the others leave of it is `song`.
        """
        kept = self._songs.has_id[of.at]
        if self._dense and self._unheard is not None and not played and len(kept) == 1 and kept[0] > 0:
            raise SettingsError("in this model a song with plays can't be what a song without is held against")
        whole = self._whole(of, kept, played)
        found = {name: torch.zeros(self._size, dtype=whole.dtype) for name in self.names}
        for name, vector in self._content(of, played).items():
            found[name] += vector
        worth = [_BIAS] if self._newcomers is None else [_BIAS, _WORTH]
        for vector in found.values():
            vector[worth] = 0.0
        found[POPULARITY][worth] = whole[worth]
        found[NOW][-1] = of.share @ self._songs.heat[of.at]
        others = sum(vector for name, vector in found.items() if name != NOW)
        found[SONG] = whole - others
        return torch.stack([found[name] for name in self.names])

    def finish(self, summed: Tensor, played: bool) -> tuple[Tensor, Tensor]:
        """From sums of parts `(n, width + 1)` to vectors `(n, width)`, and what is added to their scores `(n,)`."""
        vectors, dim = summed[:, :-1], self._dim
        if self._dense and (played or self._unheard is None):
            vectors = torch.cat([self._towers.items.dense(vectors[:, :dim]), vectors[:, dim:]], dim=1)
        return vectors, summed[:, -1]

    @property
    def _dense(self) -> bool:
        return len(self._towers.items.dense) > 0

    def _whole(self, of: Weighed, kept: Tensor, played: bool) -> Tensor:
        """Vector of songs without heat, before dense layers where they are read as played; else finished."""
        songs, items, dim = self._songs, self._towers.items, self._dim
        heard, new = of.times(kept), of.times(1 - kept)
        whole = torch.zeros(self._size, dtype=torch.float64)
        out = torch.zeros(dim + 1, dtype=torch.float64)
        for vector in encoded(items.encoder, songs, of if self._unheard is None else heard, self._columns).values():
            out += vector
        if items.encoder.song is not None:
            out += heard.share @ items.encoder.song.weight[of.at]
        out[-1] = 0.0 if items.bias is None else out[-1] + heard.share @ items.bias.weight[of.at, 0]
        if self._unheard is not None:
            if self._dense and not played and heard.share.sum() > 0:
                out[:-1] = items.dense(out[:-1].unsqueeze(0))[0] * heard.share.sum()
            for vector in mapped(self._unheard, songs, new, self._columns).values():
                out += vector
        whole[:dim], whole[_BIAS] = out[:-1], out[-1]
        if self._squares is not None:
            factors = heard.share @ self._squares.factors[of.at]
            for vector in mapped(self._squares.unheard, songs, new, self._columns).values():
                factors = factors + vector
            whole[dim : dim + self._squares.width] = factors * self._squares.scale
        if self._familiar is not None:
            whole[self._artist_places] = new.share @ self._artists(new)
        if self._newcomers is not None:
            counts = heard.share @ self._newcomers.catalogue()[of.at]
            whole[_BIAS - len(counts) : _BIAS] = counts
        return whole

    def _content(self, of: Weighed, played: bool) -> dict[str, Tensor]:
        """What artist, genres and each sound say, each `(width + 1,)`."""
        songs, dim = self._songs, self._dim
        if played or self._unheard is None:
            told = encoded(self._towers.items.encoder, songs, of, self._columns)
        else:
            told = mapped(self._unheard, songs, of, self._columns)
        found = {}
        for name, vector in told.items():
            found[name] = torch.zeros(self._size, dtype=torch.float64)
            found[name][:dim] = vector[:-1]
        if self._squares is not None and not played:
            for name, vector in mapped(self._squares.unheard, songs, of, self._columns).items():
                found[name][dim : dim + self._squares.width] = vector * self._squares.scale
        if self._familiar is not None and not played:
            found.setdefault(ARTIST, torch.zeros(self._size, dtype=torch.float64))
            found[ARTIST][self._artist_places] = of.share @ self._artists(of)
        found.pop(REST, None)
        return found

    def _artists(self, of: Weighed) -> Tensor:
        """Familiar artists' side of songs as if none of them had plays, `(n, rank)`."""
        assert self._familiar is not None
        return self._familiar.items(self._songs.artist[of.at], torch.zeros_like(of.share))

    @property
    def _artist_places(self) -> slice:
        assert self._familiar is not None
        first = self._dim + (0 if self._squares is None else self._squares.width)
        return slice(first, first + self._familiar.rank)
