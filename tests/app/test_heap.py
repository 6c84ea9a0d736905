"""Memory that was freed goes back to the system, once the app has said so."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_FREED = """
import ctypes, sys
if sys.argv[1] == "given back":
    from engine.ui.heap import give_back
    give_back()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def taken(size):
    place = libc.malloc(size)
    ctypes.memset(place, 1, size)
    return place
libc.free(taken(30 << 20))  # from here on the C library keeps blocks up to that size, unless told otherwise
blocks = [taken(3 << 20) for _ in range(20)]
for block in blocks[:-1]:  # the last one holds the others' place
    libc.free(block)
held = next(line for line in open("/proc/self/status") if line.startswith("RssAnon"))
print(int(held.split()[1]) // 1024)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc"
)
def test_what_was_freed_is_given_back():
    kept, given = (
        int(
            subprocess.run(
                [sys.executable, "-c", _FREED, how],
                cwd=ROOT,
                env={k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for how in ("kept", "given back")
    )
    assert given < kept - 40  # MB
