"""Bring the network of a bundle back in torch: to check it, to export it again, to explain it."""

import pandas as pd
import pyarrow.parquet as pq

from engine.config import Settings
from engine.data.features import Features, encode_songs
from engine.model.blend import Network
from engine.model.hybrid import sizes_of
from engine.model.towers import SongTensors
from engine.model.weights import load_weights
from engine.serving import bundle as files
from engine.serving.bundle import Bundle


def load_model(bundle: Bundle) -> tuple[Network, SongTensors]:
    """Bring a bundle's network back, with its songs as it reads them.

    Raises
    ------
    BundleError
        The weights don't fit the bundle's own settings and features.
    """
    settings = Settings.model_validate(bundle.manifest["config"])
    features = Features.load(bundle.path(files.FEATURES))
    songs = pd.read_parquet(bundle.path(files.SONGS))
    users = pq.read_metadata(bundle.path(files.USERS)).num_rows
    model = load_weights(bundle.path(files.MODEL), sizes_of(features, len(songs), users), settings.model)
    arrays, has_id, heat = encode_songs(features, songs), songs["has_id"].to_numpy(), songs["heat"].to_numpy()
    return model, SongTensors.from_arrays(arrays, has_id, len(features.genres), heat=heat)
