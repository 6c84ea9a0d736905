import gc
from collections.abc import Iterator

import pytest

from engine.ui import collection


@pytest.fixture(autouse=True)
def from_the_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(collection, "OFTEN", 3)
    monkeypatch.setattr(collection, "SELDOM", 6)
    collection._runs.clear()
    gc.unfreeze()
    yield
    collection._runs.clear()
    gc.unfreeze()


def in_a_circle() -> list:
    made: list = []
    made.append(made)
    return made


def test_what_is_there_is_looked_at_once_and_garbage_still_goes() -> None:
    collection.settle("a page")
    aside = gc.get_freeze_count()
    assert aside > 10_000
    kept = [[] for _ in range(1_000)]
    collection.settle("a page")  # a second visit changes nothing
    assert gc.get_freeze_count() <= aside
    collection.settle("another page")
    assert gc.get_freeze_count() > aside
    del kept
    in_a_circle()
    assert gc.collect() >= 1


def test_what_many_runs_leave_is_set_aside_too() -> None:
    for _ in range(2):
        collection.settle("a page")
    aside, kept = gc.get_freeze_count(), [[] for _ in range(1_000)]
    collection.settle("a page")
    assert gc.get_freeze_count() >= aside + len(kept)


def test_garbage_that_was_set_aside_goes_in_the_end() -> None:
    class Circle:
        gone = False

        def __del__(self) -> None:
            Circle.gone = True

    def one() -> None:
        circle = Circle()
        circle.itself = circle  # type: ignore[attr-defined]
        collection.settle("a page")  # set aside while it is in use

    one()
    gc.collect()
    assert not Circle.gone
    for _ in range(5):
        collection.settle("a page")
    assert Circle.gone
