"""Pages are drawn in turns: few at once, none of them twice in line, and nobody stopped for good."""

import threading

import pytest

from engine.ui import turns


def test_no_more_than_a_few_are_drawn_at_once() -> None:
    most = inside = 0
    lock, begin = threading.Lock(), threading.Barrier(8)

    def draw() -> None:
        nonlocal most, inside
        begin.wait()
        for _ in range(20):
            with turns.in_turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most <= turns.AT_ONCE
    assert not any(thread.is_alive() for thread in threads)


def test_within_a_turn_there_is_no_other_to_wait_for_and_a_failure_gives_it_back() -> None:
    for _ in range(turns.AT_ONCE + 1):
        with pytest.raises(ValueError, match="drawn badly"), turns.in_turn(), turns.in_turn():
            raise ValueError("drawn badly")


def test_who_waited_long_goes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    monkeypatch.setattr(turns, "_turns", threading.Semaphore(0))  # all turns are taken, by somebody who never ends
    with turns.in_turn():
        assert not turns._turns.acquire(blocking=False)
    assert not turns._turns.acquire(blocking=False)  # and nothing was given back that hadn't been taken
