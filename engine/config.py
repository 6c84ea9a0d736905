"""Settings: every one has its home here, and presets are the YAML files in `configs/`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ByteSize, ConfigDict, Field, TypeAdapter, ValidationError

from engine.errors import SettingsError

PRESETS = Path(__file__).parent / "configs"
SOURCE_NAMES = ("tables", "o3", "hetrec", "lastfm-1k", "lastfm-360k", "msd", "kkbox", "simulated")
LEAST_MEMORY = 256 << 20  # bytes with which preparing gets anywhere


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SplitSettings(_Frozen):
    """How plays are held out."""

    kind: Literal["auto", "temporal", "random"] = "auto"
    """`auto`: by time where plays have times, else at random for each user."""
    valid_share: float = Field(0.1, gt=0, lt=0.5)
    """Share of plays that choose settings and the moment to stop."""
    test_share: float = Field(0.1, gt=0, lt=0.5)
    """Share of plays that are looked at once, at the end."""
    cold_users: float = Field(0.0, ge=0, lt=0.5)
    """Share of users whose every play is held out, to see what the model is worth to someone new."""
    cold_songs: float = Field(0.0, ge=0, lt=0.5)
    """Share of songs whose every play is held out, to see how well a new song finds its listeners."""
    folds: int = Field(0, ge=0, le=100)
    """Folds for cross-validation, 3 or more: of users, and where plays have times sliding windows; 0 for none."""


class ModelSettings(_Frozen):
    """The two-tower network."""

    dim: int = Field(64, ge=4, le=1024)
    """Length of a user or song vector, without the bias's extra place."""
    history_features: bool = True
    """Describe history songs by artist, genres and sound too, not by their id alone."""
    demographics: bool = True
    """Add age band, gender and country to the history as if they were songs heard."""


class HeadSettings(_Frozen):
    """The prediction layer: how likely a user is to play a song, and how often."""

    hidden: tuple[int, ...] = (64,)
    """Sizes of its dense layers; none leaves a linear one."""
    dropout: float = Field(0.1, ge=0, lt=1)
    batch_norm: bool = False
    with_score: bool = True
    """Let the retrieval score join with a learned scale."""


class TrainSettings(_Frozen):
    """The training loop."""

    epochs: int = Field(200, ge=1)
    """Most passes over the users."""
    patience: int = Field(6, ge=1)
    """Validations without a better NDCG@10 before stopping."""
    validate_every: int = Field(1, ge=1)
    """Passes between two validations."""
    batch_users: int = Field(256, ge=1)
    """Users a step."""
    learning_rate: float = Field(3e-3, gt=0)
    weight_decay: float = Field(0.4, ge=0)
    """AdamW's, on the embeddings of songs; never on the bias."""
    content_decay: float = Field(0.02, ge=0)
    """AdamW's, on what many songs or users share: artists, genres, sound, demographics."""
    input_dropout: float = Field(0.5, ge=0, lt=1)
    """Share of the history that is held back as targets, drawn anew each pass."""
    id_dropout: float = Field(0.15, ge=0, lt=1)
    """Share of songs a step whose id embedding is switched off, so that their content must do."""
    history_dropout: float = Field(0.15, ge=0, lt=1)
    """Share of users a step who lose their whole history, so that their demographics must do."""
    average_decay: float = Field(0.99, ge=0, lt=1)
    """Weight of the past in the running average of the weights, which is what is validated and published."""
    refit: bool = True
    """Train what is published anew on all plays, for as many passes as were best without the held-out ones."""
    checkpoint_seconds: float = Field(20, ge=0)
    """Least time between two checkpoints; what a kill can cost."""
    precision: Literal["no", "bf16", "fp16"] = "no"


class PredictionSettings(HeadSettings):
    """The prediction layer as it is fitted: several heads, averaged and calibrated."""

    dropout: float = Field(0.3, ge=0, lt=1)
    negatives: int = Field(4, ge=1, le=100)
    """Unplayed songs, drawn uniformly, beside each played one: the population that a probability is about."""
    folds: int = Field(3, ge=2, le=20)
    """Groups of validation users; two heads for each are fitted on the others and stopped by it."""
    most_pairs: int = Field(40_000, ge=1_000)
    """Pairs to fit on, and pairs to evaluate on, at most."""
    epochs: int = Field(20, ge=1)
    """Most passes over the pairs."""
    patience: int = Field(4, ge=1)
    """Passes without a better loss on the group that is held out before stopping."""
    batch_pairs: int = Field(1_024, ge=2)
    """Pairs a step."""
    learning_rate: float = Field(6e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    """AdamW's."""


class RetrievalSettings(_Frozen):
    """The vector index."""

    m: int = Field(16, ge=4, le=128)
    """Links a node (HNSW's M)."""
    ef_construction: int = Field(120, ge=8)
    recall_floor: float = Field(0.99, gt=0, le=1)
    """Least recall@k, at the lower 95 % bound, at which HNSW may answer."""
    exact_below: int = Field(5_000, ge=0)
    """Catalogues smaller than this are searched exactly."""


class Settings(_Frozen):
    """All settings of a build."""

    seed: int = 7
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    head: PredictionSettings = PredictionSettings()
    train: TrainSettings = TrainSettings()
    retrieval: RetrievalSettings = RetrievalSettings()


def parse_memory(text: str | None) -> int | None:
    """Read an amount of memory such as 6GB, 512MB or 1.5GiB as bytes; None stays None.

    Raises
    ------
    SettingsError
        It can't be read, or is too little to work with.
    """
    if text is None:
        return None
    try:
        amount = int(TypeAdapter(ByteSize).validate_python(text))
    except ValidationError as error:
        raise SettingsError(f"--memory {text!r}: write it as a number with a unit, for example 6GB") from error
    if amount < LEAST_MEMORY:
        raise SettingsError(f"--memory {text!r}: too little; give at least {LEAST_MEMORY >> 20}MiB")
    return amount


def load_settings(config: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Read settings: `config` (default `configs/default.yaml`), then `key=value` pairs such as `model.dim=128`.

    Raises
    ------
    SettingsError
        The file can't be read, or a setting is unknown, of the wrong type or out of range.
    """
    path = Path(config) if config is not None else PRESETS / "default.yaml"
    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: can't be read as YAML ({str(error).splitlines()[0][:120]})") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: must hold settings by name, such as `seed: 7`")
    for pair in overrides:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise SettingsError(f"--set {pair!r}: write it as key=value, for example model.dim=128")
        place = values
        *parents, last = key.strip().split(".")
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else {}
        if not isinstance(place, dict):
            raise SettingsError(f"--set {pair!r}: {'.'.join(parents)} is a value, not a group of settings")
        try:
            place[last] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise SettingsError(f"--set {pair!r}: the value can't be read") from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"setting {name}: {first['msg'].lower()} (given: {first.get('input')!r:.60})") from error
