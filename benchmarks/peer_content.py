"""Peers that know what songs and users are: popularity by demographics, content-kNN, content-ridge, LightFM."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from benchmarks.peer_models import BLOCK_SCORES, Scorer, Train

AUDIO = (
    "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness", "liveness",
    "valence", "tempo", "duration_ms",
)  # fmt: skip


def fit_demographic_popularity(train: Train, smoothing: float, how: str) -> Scorer:
    """Rank by listeners of the same gender and country, smoothed by `smoothing` listeners like everyone.

    `chain` smooths gender × country towards the country and that towards everyone; `product` multiplies what the
    gender and what the country each change.
    """
    table = train.split.users
    gender, country = (table[column].fillna("").to_numpy(dtype=object) for column in ("gender", "country"))
    with_plays = np.asarray(train.heard.sum(axis=1)).ravel() > 0
    everyone = (train.listeners / with_plays.sum()).astype(np.float32)

    def shares(groups: np.ndarray, towards: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        codes, _ = pd.factorize(groups)
        member = sparse.csr_matrix((with_plays.astype(np.float32), (codes, np.arange(len(codes)))))
        counts = (member @ train.heard).toarray()
        sizes = np.asarray(member.sum(axis=1)).ravel()[:, None]
        first = pd.Series(np.arange(len(codes))).groupby(codes).first().to_numpy()
        prior = towards if np.ndim(towards) == 1 else np.asarray(towards)[first]
        return ((counts + smoothing * prior) / (sizes + smoothing))[codes]

    by_country = shares(country, everyone)
    if how == "chain":
        scores = shares(gender + "|" + country, by_country)
    else:
        scores = by_country * shares(gender, everyone) / np.maximum(everyone, 1e-9)
    return lambda users: scores[users]


def fit_content_knn(
    train: Train, artist: float, audio: float, power: float, history: str, whiten: float, prior: float
) -> Scorer:
    """Sum over the songs heard how alike they are: genres by tf-idf, the artist and z-scored audio.

    Only songs without plays are scored, for which nothing else is known.

    Parameters
    ----------
    artist, audio
        Weights of the artist and the sound; the genres' is 1.
    power
        Of the cosine; the higher, the more the nearest songs decide.
    history
        `log` weighs what was heard by log(1 + plays), `binary` doesn't.
    whiten
        Exponent of a song's listeners by which its part in the history is divided.
    prior
        Exponent of how popular its content, and what is known of it at all, makes a song look.
    """
    features = song_features(train, artist, audio)
    heard = (train.log_counts if history == "log" else train.heard)[:, train.known]
    heard = (heard @ sparse.diags(train.listeners[train.known] ** -whiten)).tocsr().astype(np.float32)
    known, new = features[train.known], np.flatnonzero(train.listeners == 0)
    block = max(1, BLOCK_SCORES // max(len(train.known), 1))
    described = _described(train, artist=1.0, audio=1.0)
    expected = described @ _ridge(described[train.known], np.log(train.listeners[train.known])[:, None], 10.0)
    looks = np.exp(prior * expected.ravel())

    def score(users: np.ndarray) -> np.ndarray:
        scores = np.full((len(users), features.shape[0]), -np.inf, dtype=np.float32)
        for start in range(0, len(new), block):
            chosen = new[start : start + block]
            alike = (known @ features[chosen].T).tocsr()
            alike.data = np.maximum(alike.data, 0) ** power
            scores[:, chosen] = (heard[users] @ alike.toarray()) * looks[chosen]
        return scores

    return score


def fit_content_ridge(train: Train, artist: float, audio: float, regularisation: float, history: str) -> Scorer:
    """Regress what each user heard on what songs are; the intercept and what is missing tell popular songs too."""
    described = _described(train, artist, audio)
    heard = train.log_counts if history == "log" else train.heard
    weights = _ridge(described[train.known], heard[:, train.known].T.toarray(), regularisation)
    return lambda users: (described @ weights[:, users]).T


def _described(train: Train, artist: float, audio: float) -> sparse.csr_matrix:
    """Songs' features, what is known of them at all, and an intercept, without those of a single song."""
    known = sparse.hstack([_known_of(train.split.songs), sparse.csr_matrix(np.ones((len(train.split.songs), 1)))])
    features = song_features(train, artist, audio)
    shared = np.asarray((features[train.known] != 0).sum(axis=0)).ravel() > 1
    return sparse.hstack([features[:, shared], known]).tocsr().astype(np.float32)


def _known_of(songs: pd.DataFrame) -> sparse.csr_matrix:
    """Whether a song has tags and sound, and how many tags: on some sets that alone tells popular songs."""
    tags = np.asarray(tag_matrix(songs["genres"]).sum(axis=1)).ravel()
    with_sound = songs[[name for name in AUDIO[:-1] if name in songs]].notna().any(axis=1).to_numpy()
    return sparse.csr_matrix(np.column_stack([tags > 0, np.minimum(tags, 5) / 5, with_sound]).astype(np.float32))


def _ridge(features: sparse.csr_matrix, targets: np.ndarray, regularisation: float) -> np.ndarray:
    """Weights `(features, targets)` of a ridge regression."""
    gram = (features.T @ features).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += regularisation
    return linalg.solve(gram, features.T @ targets, assume_a="pos").astype(np.float32)


def song_features(train: Train, artist: float, audio: float) -> sparse.csr_matrix:
    """Songs' features with rows of length 1, `(songs, features)`; all statistics are of the songs with plays."""
    songs = train.split.songs
    tags = tag_matrix(songs["genres"])
    seen_in = np.asarray((tags[train.known] > 0).sum(axis=0)).ravel()
    blocks = [_unit(tags @ sparse.diags(np.log((1 + len(train.known)) / (1 + seen_in))))]
    if artist:
        codes, _ = pd.factorize(songs["artist"])
        blocks.append(artist * sparse.csr_matrix((codes >= 0, (np.arange(len(codes)), np.maximum(codes, 0)))))
    if audio:
        columns = [name for name in AUDIO if name in songs]
        values = songs[columns].astype(float).to_numpy()
        with np.errstate(invalid="ignore"):
            mean, spread = np.nanmean(values[train.known], axis=0), np.nanstd(values[train.known], axis=0)
        values = np.nan_to_num((values - mean) / np.maximum(spread, 1e-9)).clip(-4, 4)
        blocks.append(audio * _unit(sparse.csr_matrix(values)))
    return _unit(sparse.hstack(blocks).tocsr()).astype(np.float32)


def tag_matrix(genres: pd.Series) -> sparse.csr_matrix:
    """Songs by tags, `(songs, tags)`, ones."""
    words = genres.fillna("").str.split("|")
    rows = np.repeat(np.arange(len(words)), words.str.len())
    codes, names = pd.factorize(pd.Series([word.strip().lower() for row in words for word in row]))
    matrix = sparse.csr_matrix((np.ones(len(codes)), (rows, codes)), shape=(len(words), len(names)))
    return matrix[:, np.flatnonzero(names != "")]


def _unit(matrix: sparse.spmatrix) -> sparse.csr_matrix:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(norms, 1e-9)) @ matrix).tocsr()


def fit_lightfm(
    train: Train,
    components: int,
    learning_rate: float,
    alpha: float,
    tag_weight: float,
    sampled: int,
    epochs: int,
    seed: int = 0,
) -> Scorer:
    """Fit LightFM with WARP, tags and artist beside the song, gender and country beside the user (Kula, 2015).

    New songs are left out while it is fitted, where WARP would only push them down, and scored by their tags.
    """
    from lightfm import LightFM

    tags, artists = tag_matrix(train.split.songs["genres"]), tag_matrix(train.split.songs["artist"])
    shared = np.asarray(artists.sum(axis=0)).ravel() > 1  # an artist of one song is that song
    blocks = [tag_weight * _mean_rows(tags), tag_weight * artists[:, shared], _known_of(train.split.songs)]
    songs = features_beside_ids(blocks, train.known, len(train.split.songs))
    demographics = [tag_matrix(train.split.users[name]) for name in ("gender", "country") if name in train.split.users]
    with_plays = np.flatnonzero(np.asarray(train.heard.sum(axis=1)).ravel())
    users = features_beside_ids(demographics, with_plays, len(train.split.users))
    model = LightFM(
        no_components=components,
        loss="warp",
        learning_rate=learning_rate,
        item_alpha=alpha,
        user_alpha=alpha,
        max_sampled=sampled,
        random_state=seed,
    )
    plays = train.heard[with_plays][:, train.known]
    model.fit(plays, user_features=users[with_plays], item_features=songs[train.known], epochs=epochs, num_threads=1)
    song_bias, song_vectors = model.get_item_representations(songs)
    _, user_vectors = model.get_user_representations(users)
    return lambda chosen: user_vectors[chosen] @ song_vectors.T + song_bias


def features_beside_ids(blocks: Sequence[sparse.spmatrix], known: np.ndarray, rows: int) -> sparse.csr_matrix:
    """Give those in `known` a feature of their own beside `blocks`; the others have the blocks' alone."""
    own = sparse.csr_matrix((np.ones(len(known)), (known, np.arange(len(known)))), shape=(rows, len(known)))
    return _mean_rows(sparse.hstack([own, *blocks]).tocsr()).astype(np.float32)


def _mean_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return (sparse.diags(1 / np.where(sums > 0, sums, 1)) @ matrix).tocsr()
