"""What a song's content says of its vector, for songs that nobody has played yet."""

from torch import Tensor, nn

from engine.model.embeddings import SongEncoder
from engine.model.towers import Sizes, SongTensors


class ContentMap(nn.Module):
    """A linear map from artist, genres and sound to a vector, fitted in closed form to the vectors of played songs.

    Training leaves content whatever the ids don't say, and the more ids there are the less that is. A ridge regression
    on the finished vectors sees all of them (the attribute-to-feature mapping of Gantner et al., "Learning
    Attribute-to-Feature Mappings for Cold-Start Recommendations", ICDM 2010).
    """

    def __init__(self, sizes: Sizes, width: int) -> None:
        super().__init__()
        self.encoder = SongEncoder(sizes, width, ids=False)
        self.mean = nn.Parameter(self.encoder.artist.weight.new_zeros(width))
        self.requires_grad_(False)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Map songs to `(songs, width)`; read as `SongEncoder` reads them."""
        out: Tensor = self.encoder(song, artist, genres, sound, has_id) + self.mean
        return out

    def catalogue(self, songs: SongTensors) -> Tensor:
        """Map the whole catalogue, `(songs, width)`."""
        return self.encoder.catalogue(songs, songs.has_id) + self.mean
