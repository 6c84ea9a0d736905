"""When listeners listen: sessions by weekday and hour of their own time zone."""

import numpy as np

from engine.data.simulate.artists import Floats, Ints
from engine.data.simulate.countries import country_column
from engine.data.simulate.listeners import Listeners

DAY_SECONDS = 86_400
LAST_SECOND = 731 * DAY_SECONDS - 1
# How likely a session is to start on Monday to Sunday, against the best day; FIRST_DAY is a Sunday.
_WEEKDAYS = np.array([0.8, 0.8, 0.82, 0.88, 1.0, 0.98, 0.86])
# How likely it is to start in each hour from midnight. Weekdays peak at breakfast and in the evening,
# weekends start late and end late.
_HOURS = np.array(
    [
        [9, 5, 3, 2, 2, 4, 14, 30, 36, 30, 28, 28, 30, 28, 28, 30, 36, 46, 54, 62, 66, 58, 40, 20],
        [24, 17, 11, 7, 4, 3, 5, 9, 17, 28, 38, 42, 43, 42, 42, 43, 45, 48, 52, 56, 58, 54, 48, 36],
    ],
    dtype=np.float64,
)
# A listener's number is above these bits of a sort key, the second below: two years have under 2^26 seconds.
_SECOND_BITS = 26


def simulate_times(rng: np.random.Generator, listeners: Listeners, counts: Ints) -> tuple[Ints, Ints]:
    """Draw the time of every play.

    Returns the listener and the second from `FIRST_DAY`, UTC, of each play, both of shape (plays,), sorted by listener
    and time. Sessions of one listener may overlap: an account has more than one device.
    """
    sessions = np.maximum(1, np.round(counts / listeners.session_plays)).astype(np.int64)
    owner = np.repeat(np.arange(len(counts)), sessions)
    start = _session_starts(rng, listeners, owner)
    player = np.repeat(np.arange(len(counts)), counts)
    # The power makes some sessions longer than others. Plays are alike so far, so the numbers alone are sorted.
    share = rng.random(len(player)) ** 1.4
    session = (np.cumsum(sessions) - sessions)[player] + np.floor(share * sessions[player]).astype(np.int64)
    session.sort()
    gap = 165.0 + rng.gamma(4.0, 16.0, len(session))
    gap = np.where(rng.random(len(session)) < 0.14, 0.2 * gap, gap)
    clock = np.cumsum(gap)
    first = np.searchsorted(session, session)
    second = start[session] + np.floor(clock - clock[first]).astype(np.int64)
    key = (owner[session] << _SECOND_BITS) | np.minimum(second, LAST_SECOND)
    key.sort()
    return key >> _SECOND_BITS, key & ((1 << _SECOND_BITS) - 1)


def _session_starts(rng: np.random.Generator, listeners: Listeners, owner: Ints) -> Ints:
    """Draw the second, UTC, in which each session starts."""
    first, last = listeners.arrives[owner], listeners.leaves[owner]
    day = _days(rng, first, last)
    weekend = _weekday(day) >= 5
    hours = np.cumsum(_HOURS, axis=1)
    hours /= hours[:, -1:]
    draw = rng.random(len(owner))
    hour = np.where(weekend, np.searchsorted(hours[1], draw), np.searchsorted(hours[0], draw))
    hour = (hour + rng.random(len(owner)) + listeners.hour_shift[owner]) % 24
    offset = country_column("utc_offset")[listeners.country[owner]]
    return day * DAY_SECONDS + np.floor((hour - offset) * 3_600).astype(np.int64)


def _days(rng: np.random.Generator, first: Ints, last: Ints) -> Ints:
    """Draw a day from `first` to `last`, quiet weekdays less often."""
    day = first.copy()
    pending = np.arange(len(first))
    for _ in range(12):
        span = last[pending] - first[pending] + 1
        day[pending] = first[pending] + np.floor(rng.random(len(pending)) * span).astype(np.int64)
        pending = pending[rng.random(len(pending)) >= _WEEKDAYS[_weekday(day[pending])]]
        if not len(pending):
            break
    return day


def _weekday(day: Ints | Floats) -> Ints:
    """Number the weekday of a day from 0, Monday, to 6."""
    return ((day + 6) % 7).astype(np.int64)
