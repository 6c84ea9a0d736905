"""Let the C library give back memory that is freed.

glibc keeps what threads free for a next time: an arena for each of many threads, and blocks of up to 32 MB once one of
that size was freed. Streamlit runs each script in a thread of its own, so that twenty-five visitors' explanations left
300 MB that nothing used (`benchmarks/app.py --parts sessions`). Other C libraries are left as they are.
"""

import ctypes
import os
from functools import cache

_ARENAS = 2
_LARGE = 1 << 20  # bytes; a larger block is mapped for itself and goes back as soon as it is freed
# Numbers of glibc's <malloc.h>, by the environment variable that sets the same.
_OPTIONS = {
    "MALLOC_ARENA_MAX": (-8, _ARENAS),
    "MALLOC_MMAP_THRESHOLD_": (-3, _LARGE),
    "MALLOC_TRIM_THRESHOLD_": (-1, _LARGE),
}


@cache
def give_back() -> None:
    """Set what the C library keeps, once a process; what the environment says already stays."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for name, (option, value) in _OPTIONS.items():
            if name not in os.environ:
                mallopt(option, value)
