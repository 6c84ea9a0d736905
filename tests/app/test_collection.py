import gc

from engine.ui import collection


def test_what_is_there_is_looked_at_once_and_garbage_still_goes() -> None:
    try:
        collection.settle.clear()
        collection.settle("a page")
        aside = gc.get_freeze_count()
        assert aside > 10_000
        kept = [[] for _ in range(1_000)]
        collection.settle("a page")  # a second visit changes nothing
        assert gc.get_freeze_count() <= aside
        collection.settle("another page")
        assert gc.get_freeze_count() > aside
        del kept
        loop: list = []
        loop.append(loop)
        del loop
        assert gc.collect() >= 1
    finally:
        collection.settle.clear()
        gc.unfreeze()
