"""Settings: every one has its home here, and presets are the YAML files in `configs/`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from engine.errors import SettingsError

PRESETS = Path(__file__).parent / "configs"
SOURCE_NAMES = ("tables", "o3", "hetrec", "lastfm-1k", "lastfm-360k", "msd", "kkbox", "simulated")
MOST_USERS_A_BATCH = 256
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


class HeadSettings(_Frozen):
    """The prediction layer: how likely a user is to play a song, and how often."""

    hidden: tuple[int, ...] = (64,)
    """Sizes of its dense layers; none leaves a linear one."""
    dropout: float = Field(0.1, ge=0, lt=1)
    batch_norm: bool = False
    with_score: bool = True
    """Let the retrieval score join with a learned scale."""


class ModelSettings(_Frozen):
    """The two-tower network: which parts it has, each of which can be left out."""

    dim: int = Field(128, ge=4, le=1024)
    """Length of a network's user or song vector, without the bias's extra place."""
    members: Literal["auto"] | Annotated[int, Field(ge=1, le=8)] = "auto"
    """Networks that are trained apart, each by a seed of its own, and put side by side: the mean of their scores is
    better than each, for as many times the time and the memory. `auto`: two where that can be, else one."""
    score: Literal["dot", "head"] = "dot"
    """What songs are ranked by: user · item + bias, which an index finds, or dense layers over each pair, which means
    that every song has to be scored for every request."""
    score_head: HeadSettings = HeadSettings(with_score=False)
    """The layers of `score: head`. Its `with_score` has no say: there is no other score."""
    id_embedding: bool = True
    """Give songs with train plays a vector of their own beside what their content says."""
    item_features: bool = True
    """Describe the songs to choose from by artist, genres and sound."""
    bias: bool = True
    """Add what a song is worth to everyone to its score."""
    history: Literal["mean", "attention", "none"] = "mean"
    """How the songs heard make a user: all alike, weighed by what they are and when they were played, or not at all."""
    history_length: int = Field(200, ge=1, le=2_000)
    """Songs that attention looks at, the last played ones (where no times are known, the most played)."""
    recency_half_life: float | None = Field(None, gt=0)
    """For the mean: time after which a song heard counts half, as a share of the time the train plays span, measured
    from the last song shown. None lets all count the same."""
    history_features: bool = True
    """Describe history songs by artist, genres and sound too, not by their id alone."""
    demographics: bool = True
    """Add age band, gender and country to the history as if they were songs heard."""
    user_id: bool = False
    """Give users with train plays a vector of their own beside what their history says."""
    user_dropout: float = Field(0.5, ge=0, lt=1)
    """Share of users a step who lose that vector, so that their history must do."""
    dense: tuple[Annotated[int, Field(ge=1, le=8_192)], ...] = ()
    """Sizes of dense layers on top of each tower; none leaves the sums as they are."""
    batch_norm: bool = False
    """Normalise the dense layers over the batch."""

    @property
    def side_by_side(self) -> int:
        """How many networks `members` comes to."""
        if self.members == "auto":
            return 2 if self._sums_alone else 1
        return self.members

    @property
    def width(self) -> int:
        """Length of the vectors of all networks together."""
        return self.dim * self.side_by_side

    @property
    def alone(self) -> Self:
        """The settings of each network by itself."""
        return self.model_copy(update={"members": 1})

    @property
    def _sums_alone(self) -> bool:
        """Whether vectors are sums of embeddings, so that those of two networks, end to end, are a network's too."""
        return self.score == "dot" and not self.dense and self.history != "attention"

    @property
    def timed(self) -> bool:
        """Whether it is told when a song was played."""
        return self.history == "attention" or (self.history == "mean" and self.recency_half_life is not None)

    @model_validator(mode="after")
    def _describes_both_sides(self) -> Self:
        if not (self.id_embedding or self.item_features):
            raise ValueError("without id_embedding and item_features nothing tells songs apart")
        if self.history != "none" and not (self.id_embedding or self.history_features):
            raise ValueError("without id_embedding and history_features a history is empty; set history: none")
        if self.history == "none" and not (self.demographics or self.user_id):
            raise ValueError("without history, demographics and user_id nothing tells users apart")
        if self.recency_half_life is not None and self.history != "mean":
            raise ValueError(f"recency_half_life is for history: mean, not {self.history}")
        if self.side_by_side > 1 and not self._sums_alone:
            raise ValueError("members beyond 1 are for score: dot without dense layers and attention")
        return self


class TrainSettings(_Frozen):
    """The training loop."""

    epochs: int = Field(200, ge=1)
    """Most passes over the users."""
    patience: int = Field(6, ge=1)
    """Validations without a better NDCG@10 before stopping."""
    validate_every: int = Field(1, ge=1)
    """Passes between two validations; the last pass is validated too."""
    batch_users: int | None = Field(None, ge=1)
    """Users a batch, over all processes together; None for 256, or fewer where that would make few steps a pass."""
    accumulate: int = Field(1, ge=1)
    """Batches whose gradients make one step of the optimiser: a larger batch in the same memory."""
    loss: Literal["auto", "multinomial", "sampled", "bpr", "bce"] = "auto"
    """`multinomial`: a softmax over the whole catalogue. `sampled`: over the targets of the batch and uniform draws,
    for more songs than can be scored at each step. `auto`: the one up to 50,000 songs, the other beyond. `bpr`, `bce`:
    each target against `negatives` songs not played."""
    uniform_negatives: int = Field(4_000, ge=0)
    """Songs that `sampled` draws from the whole catalogue for each batch."""
    log_q: bool = True
    """Let `sampled` correct negatives for how likely they were to be drawn."""
    negatives: int = Field(4, ge=1)
    """Songs not played that `bpr` and `bce` draw for each target."""
    learning_rate: float = Field(3e-3, gt=0)
    """At its height, when the warm-up is over and no schedule has lowered it yet."""
    schedule: Literal["constant", "cosine", "plateau"] = "constant"
    """`cosine` falls to 0 over `epochs`; `plateau` falls each time validation has not improved for a while."""
    warmup: float = Field(0.0, ge=0)
    """Passes over which the learning rate first rises from 0, such as 0.5 for half a pass."""
    plateau_patience: int = Field(2, ge=1)
    """Validations without a better NDCG@10 before `plateau` lowers the learning rate; fewer than `patience`."""
    clip_norm: float = Field(0.0, ge=0)
    """Largest norm of a step's gradient, which is scaled down to it; 0 for any."""
    weight_decay: float = Field(0.4, ge=0)
    """AdamW's, on the embeddings of songs; never on the bias."""
    content_decay: float = Field(0.02, ge=0)
    """AdamW's, on what many songs or users share: artists, genres, sound, demographics."""
    input_dropout: float = Field(0.5, ge=0, lt=1)
    """Share of the history that is held back as targets, drawn anew each pass."""
    order: bool = True
    """Hold back what was played after a random moment instead of songs at random; undated ones stay at random."""
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
    keep_every: int = Field(0, ge=0)
    """Passes between two checkpoints that are kept for good, besides best and last; 0 for none."""
    tensorboard: bool = True
    """Write logs for TensorBoard beside the checkpoints."""
    precision: Literal["auto", "no", "bf16", "fp16"] = "auto"
    """Mixed precision; `auto` is bf16 on a GPU that has it, and none elsewhere."""
    compile: bool = False
    """Compile the network with torch.compile, on a GPU: minutes at the start, faster steps afterwards."""

    @field_validator("precision", mode="before")
    @classmethod
    def _no_is_a_word(cls, value: object) -> object:
        return "no" if value is False else value  # as YAML reads an unquoted no

    def users_a_batch(self, users: int) -> int:
        """How many of `users` to put in a batch."""
        return self.batch_users or max(MOST_USERS_A_BATCH // 8, min(MOST_USERS_A_BATCH, users // 8))


class BlendSettings(_Frozen):
    """What stands beside the towers."""

    use: bool = True
    """Put parts that are fitted in closed form beside the towers, as far as validation wants them."""
    factors: int = Field(128, ge=0, le=1_024)
    """Length of the least squares' vectors; 0 leaves them out."""
    artists: int = Field(256, ge=0, le=1_024)
    """Most places in which a new song's artist is recognised in a history, where validation wants it; 0 for none."""
    newcomers: bool = True
    """Answer those without a history by what people of their age, gender and country play."""
    heat: bool = True
    """Add what is played now, where plays have times and validation wants it; also where nothing else is blended."""


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
    ef_construction: int = Field(400, ge=8)
    """How wide a song's neighbours are looked for. 400 takes 2.7 times as long to build as 120, once; on 200,000 drawn
    songs a search then reached the same recall in half the time, which more links did not do."""
    recall_floor: float = Field(0.99, gt=0, le=1)
    """Least recall@k, at the lower 95 % bound, at which HNSW may answer."""
    exact_below: int = Field(5_000, ge=0)
    """Catalogues smaller than this are searched exactly."""


class MapSettings(_Frozen):
    """The map of the songs."""

    most: int = Field(10_000, ge=100)
    """Songs that are placed one by one, the most played; others go to where those are that are most like them."""
    iterations: int = Field(500, ge=350)
    """Steps of t-SNE; its first 250 only gather what belongs together, in a heap."""


class EvaluationSettings(_Frozen):
    """How a built model is judged."""

    baselines: Literal["none", "fast", "all"] = "fast"
    """What stands beside it: nothing; popularity, decayed popularity, item neighbours and EASE, which take seconds; or
    least squares too, which takes minutes."""


class Settings(_Frozen):
    """All settings of a build."""

    seed: int = 7
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    head: PredictionSettings = PredictionSettings()
    train: TrainSettings = TrainSettings()
    blend: BlendSettings = BlendSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    map: MapSettings = MapSettings()
    evaluation: EvaluationSettings = EvaluationSettings()

    @model_validator(mode="after")
    def _loss_can_score(self) -> Self:
        if self.model.score == "head" and self.train.loss == "sampled":
            raise ValueError("train.loss: sampled needs model.score: dot; a head takes bce, bpr or multinomial")
        return self


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
        raise SettingsError(
            f"setting {name}: {first['msg'].lower().removeprefix('value error, ')} (given: {first.get('input')!r:.60})"
        ) from error
