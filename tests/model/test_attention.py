import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.activity import hour_and_weekday
from engine.data.batches import UserBatch
from engine.data.histories import UNDATED
from engine.model.attention import Attention, Fading, worth
from engine.model.moments import FINEST, ago, moment
from engine.model.padded import pad

SPAN = 1_000_000  # microseconds
HEARD = torch.tensor([[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
PLAYED = torch.tensor([[1_000_000, 1_500_000, UNDATED + 3, 0], [5, 0, 0, 0], [0, 0, 0, 0]])


def learnt(span: int = SPAN, person: bool = False) -> Attention:
    torch.manual_seed(0)
    attention = Attention(4, span, person)
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter)
    return attention


def entries(rows: int = 3, length: int = 4) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(rows, length, 4))).float()


def test_songs_are_worth_how_many_equal_ones_they_are() -> None:
    weights = worth(torch.tensor([[2.0, 2.0, 2.0], [1.0, 0.5, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert weights.sum(dim=1).tolist() == pytest.approx([3, 1.5**2 / 1.25, 1, 0])
    assert (weights[1, 0] / weights[1, 1]).item() == pytest.approx(2)


def test_fading_halves_with_each_half_life_since_the_last_song_shown() -> None:
    faded = Fading(half_life=0.25, span=SPAN)(HEARD, PLAYED)
    by_hand = np.array([0.5 ** (0.5 / 0.25), 1.0, 1.0])  # half the span ago, the last one, one without a time
    assert faded[0].tolist() == pytest.approx([*(by_hand * by_hand.sum() / (by_hand**2).sum()), 0])
    assert faded[1].tolist() == [1, 0, 0, 0]
    assert faded[2].tolist() == [0, 0, 0, 0]


def test_fading_is_the_same_whenever_it_is_asked_for() -> None:
    fading = Fading(half_life=0.1, span=SPAN)
    torch.testing.assert_close(fading(HEARD, PLAYED), fading(HEARD, torch.where(PLAYED >= 0, PLAYED + 10**15, PLAYED)))


def test_without_times_in_the_data_nothing_fades() -> None:
    assert torch.equal(Fading(half_life=0.1, span=0)(HEARD, PLAYED), HEARD)


def test_attention_starts_as_the_mean() -> None:
    weights = Attention(4, SPAN, person=True)(entries(), HEARD, PLAYED, torch.randn(3, 4))
    torch.testing.assert_close(weights, HEARD)


def test_attention_is_a_softmax_of_what_songs_are_and_a_power_of_how_long_ago() -> None:
    attention = learnt()
    with torch.no_grad():
        attention.moment.weight.zero_()
    songs = entries()
    share = []
    for place, since in ((0, 0.5), (1, 0.0), (2, 0.0)):
        near = math.log(1 + since / FINEST) / math.log(1 + 1 / FINEST)
        share.append(math.exp(float(songs[0, place] @ attention.query) - float(attention.decay) * near))
    weights = attention(songs, HEARD, PLAYED, None)[0]
    assert (weights[:3] / weights.sum()).tolist() == pytest.approx([s / sum(share) for s in share], rel=1e-4)
    assert weights.sum().item() == pytest.approx(sum(share) ** 2 / sum(s * s for s in share), rel=1e-4)


def test_order_and_padding_of_a_history_do_not_matter() -> None:
    attention, songs = learnt(), entries()
    weights = attention(songs, HEARD, PLAYED, None)
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(attention(songs[:, order], HEARD[:, order], PLAYED[:, order], None), weights[:, order])
    longer = attention(
        torch.cat([songs, 9 * entries()], 1), torch.cat([HEARD, 0 * HEARD], 1), torch.cat([PLAYED, PLAYED * 7], 1), None
    )
    torch.testing.assert_close(longer, torch.cat([weights, 0 * weights], 1))


def test_who_asks_moves_what_counts() -> None:
    attention, songs = learnt(person=True), entries(2)
    two = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    same = [value[:1].expand(2, *value.shape[1:]) for value in (songs, HEARD, PLAYED)]
    weights = attention(*same, two)
    assert not torch.allclose(weights[0], weights[1])


def test_without_times_in_the_data_there_is_nothing_to_learn_of_them() -> None:
    attention = learnt(span=0)
    assert [name for name, _ in attention.named_parameters()] == ["query"]
    assert torch.equal(attention(entries(), HEARD, PLAYED, None), attention(entries(), HEARD, PLAYED * 3, None))


def test_moments_are_read_as_the_tables_are() -> None:
    times = np.random.default_rng(0).integers(0, 1_800_000_000_000_000, 200)
    hour, weekday = hour_and_weekday(times)
    read = moment(torch.from_numpy(times)[None], torch.ones(1, 200), SPAN)[0]
    for column, expected in enumerate((np.sin(hour / 12 * np.pi), np.cos(hour / 12 * np.pi)), start=1):
        np.testing.assert_allclose(read[:, column], expected, atol=1e-4)
    for column, expected in enumerate((np.sin(weekday / 3.5 * np.pi), np.cos(weekday / 3.5 * np.pi)), start=3):
        np.testing.assert_allclose(read[:, column], expected, atol=1e-4)
    assert (moment(torch.tensor([[UNDATED, 0]]), torch.ones(1, 2), SPAN)[0, 0] == 0).all()


def test_how_long_ago_keeps_its_precision_over_decades() -> None:
    year = 31_556_952_000_000
    since = ago(torch.tensor([[50 * year, 50 * year - 3_600_000_000]]), torch.ones(1, 2), 20 * year)
    assert since[0, 1].item() == pytest.approx(3_600_000_000 / (20 * year), rel=1e-5)


def test_attention_learns_that_the_last_song_tells_the_next() -> None:
    rng = np.random.default_rng(0)
    songs = torch.from_numpy(rng.normal(size=(256, 6, 4))).float()
    times = torch.from_numpy(rng.permuted(np.tile(np.arange(6) * SPAN // 5, (256, 1)), axis=1))
    last = songs[torch.arange(256), times.argmax(dim=1)]
    attention = Attention(4, SPAN, person=False)
    optimizer = torch.optim.Adam(attention.parameters(), lr=0.05)
    for _ in range(200):
        weights = attention(songs, torch.ones(256, 6), times, None)
        loss = ((weights / weights.sum(dim=1, keepdim=True)).unsqueeze(1) @ songs).squeeze(1).sub(last).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert attention.decay > 1
    assert loss < 0.1


def test_of_a_long_history_the_last_played_songs_are_kept() -> None:
    def flat(values: list[int]) -> torch.Tensor:
        return torch.tensor(values)

    nobody = flat([0, 0, 0])
    batch = UserBatch(
        users=flat([5, 6, 7]),
        shown_rows=flat([0, 0, 0, 0, 2, 2]),
        shown_songs=flat([1, 2, 3, 4, 5, 6]),
        target_rows=flat([]), target_songs=flat([]), age=nobody, gender=nobody, country=nobody,
        shown_played_at=flat([30, UNDATED + 9, 10, 20, UNDATED + 1, UNDATED + 2]),
    )  # fmt: skip
    padded = pad(batch, most=2)
    assert padded.songs[0].tolist() == [1, 4]
    assert padded.played_at[0].tolist() == [30, 20]
    assert padded.heard.tolist() == [[1, 1], [0, 0], [1, 1]]
    assert sorted(padded.songs[2].tolist()) == [5, 6]
    assert pad(batch, most=1).songs[2].tolist() == [6]  # without times the more played one
    whole = pad(batch)
    assert whole.songs[0].tolist() == [1, 2, 3, 4]
    assert whole.heard.sum(dim=1).tolist() == [4, 0, 2]
    assert pad(replace(batch, shown_played_at=None)).played_at.unique().tolist() == [UNDATED]
