import numpy as np

from engine.data.batches import UserBatch, inference_batches, training_batches
from engine.data.features import UserArrays
from engine.data.histories import UNDATED, Histories

DAY = 86_400_000_000


def nobody(users: int) -> UserArrays:
    return UserArrays(*(np.zeros(users, dtype=np.int64),) * 3)


def histories(users: int = 40, songs: int = 20) -> Histories:
    """Every user has played every song, on days of their own in an order of their own."""
    rng = np.random.default_rng(0)
    times = np.concatenate([rng.permutation(songs) for _ in range(users)]) * DAY
    return Histories(np.arange(users + 1) * songs, np.tile(np.arange(songs), users), times)


def drawn(given: Histories, seed: int = 0, hidden_share: float = 0.5, **options: object) -> UserBatch:
    users = len(given.counts)
    rng = np.random.default_rng(seed)
    (batch,) = training_batches(given, nobody(users), users, hidden_share, 0.0, rng, **options)  # type: ignore[arg-type]
    return batch


def times_of(given: Histories, batch: UserBatch, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Users and times of what is shown, or of the targets."""
    users = batch.users[getattr(batch, f"{kind}_rows")].numpy()
    return users, given.played_at[given.starts[users] + getattr(batch, f"{kind}_songs").numpy()]


def test_in_order_all_that_is_shown_was_played_before_any_target() -> None:
    given = histories()
    for seed in range(10):
        batch = drawn(given, seed, order=True)
        users, shown = times_of(given, batch, "shown")
        targets, next_ones = times_of(given, batch, "target")
        assert set(targets) == set(range(40))  # each has a target
        for user in range(40):
            assert shown[users == user].max(initial=-1) < next_ones[targets == user].min()


def test_in_order_the_share_that_is_hidden_is_the_one_asked_for_on_average() -> None:
    for share in (0.3, 0.5, 0.8):
        hidden = [len(drawn(histories(), seed, share, order=True).target_songs) / 800 for seed in range(40)]
        assert abs(np.mean(hidden) - share) < 0.04


def test_a_history_of_a_single_moment_is_never_cut_in_two() -> None:
    given = Histories(np.array([0, 5]), np.arange(5), np.full(5, DAY))
    for seed in range(10):
        assert len(drawn(given, seed, order=True).shown_songs) == 0


def test_undated_songs_are_hidden_at_random_even_in_order() -> None:
    whole = histories()
    given = Histories(whole.starts, whole.songs, np.full(800, UNDATED + 1))
    batch = drawn(given, order=True)
    assert 0.35 < len(batch.target_songs) / 800 < 0.65
    assert set(batch.target_songs.tolist()) == set(batch.shown_songs.tolist()) == set(range(20))


def test_batches_say_when_shown_songs_were_played_only_if_asked() -> None:
    given = histories()
    batch = drawn(given)
    assert batch.shown_played_at is not None
    assert batch.shown_played_at.tolist() == times_of(given, batch, "shown")[1].tolist()
    assert drawn(given, timed=False).shown_played_at is None
    assert drawn(given, timed=False).shown_songs.tolist() == batch.shown_songs.tolist()


def test_users_lose_their_id_at_the_rate_asked_for_and_keep_it_otherwise() -> None:
    given = histories(users=400, songs=2)
    kept = drawn(given)
    assert kept.ids is not None
    assert kept.ids.tolist() == (kept.users + 1).tolist()
    some = drawn(given, user_dropout=0.5).ids
    assert some is not None
    assert 0.4 < float((some == 0).float().mean()) < 0.6


def test_at_inference_all_is_shown_and_users_without_a_history_have_no_id() -> None:
    given = Histories(np.array([0, 2, 2]), np.array([4, 7]), np.array([DAY, 2 * DAY]))
    (batch,) = inference_batches(given, nobody(2), np.array([1, 0]), 10)
    assert batch.ids is not None
    assert batch.ids.tolist() == [0, 1]
    assert batch.shown_songs.tolist() == [4, 7]
    assert batch.shown_rows.tolist() == [1, 1]
    assert len(batch.target_songs) == 0


def test_where_nothing_is_dated_order_changes_nothing() -> None:
    whole = histories()
    for given in (
        Histories(whole.starts, whole.songs, np.full(800, UNDATED + 1)),
        Histories(whole.starts, whole.songs),
    ):
        in_order, at_random = drawn(given, 3, order=True), drawn(given, 3)
        assert in_order.target_songs.tolist() == at_random.target_songs.tolist()
        assert in_order.shown_songs.tolist() == at_random.shown_songs.tolist()
