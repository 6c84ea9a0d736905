"""Draw the pages of a few visitors at a time, in the order they asked.

Python runs one thread at a time, and Streamlit takes a lock of all threads for each element that is drawn. With the
pages of many visitors drawn at once, much of the time goes by in handing both about: twenty-five visitors wait longer
and get fewer answers than if their pages are drawn two at a time (`benchmarks/app.py --parts sessions`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2
PATIENCE = 1.0  # s; who waited that long goes ahead, so that what takes long, such as a first explanation, stops nobody

_turns = threading.Semaphore(AT_ONCE)
_here = threading.local()


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait for a turn, and hold it while the block runs; within a turn there is no other to wait for."""
    if getattr(_here, "has_one", False):
        yield
        return
    got = _turns.acquire(timeout=PATIENCE)
    _here.has_one = True
    try:
        yield
    finally:
        _here.has_one = False
        if got:
            _turns.release()
