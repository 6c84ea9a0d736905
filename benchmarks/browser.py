"""What benchmarks in a browser share: the app served, Chromium's flags, percentiles, and a meter of processor time.

Needs Playwright (requirements-dev.txt) and Debian's chromium.
"""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE = 300_000  # ms: a machine may have other things to do
POLLING = 250  # ms; at every frame, as else, the asking would be most of the processor's time
SAMPLED = 0.025  # s between looks at the processor time


def percentiles(values: Sequence[float]) -> str:
    """The usual ones, in ms."""
    return ", ".join(f"p{q} {np.percentile(values, q):.0f} ms" for q in (10, 50, 90, 95))


class Meter:
    """Reads, time after time, the processor time of all that this process has started: the server and the browser."""

    def __init__(self) -> None:
        parents = {int(path.parent.name): int(_stat(path)[1]) for path in Path("/proc").glob("[0-9]*/stat")}
        own, grown = {os.getpid()}, True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in own} - own
            own, grown = own | more, bool(more)
        self._files = [Path(f"/proc/{pid}/stat") for pid in own - {os.getpid()}]
        self._samples: list[tuple[float, float]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def between(self, start: float, end: float) -> float:
        """Processor ms between two moments, ms since 1970."""
        moments, spent = np.array(list(self._samples)).T
        low, high = np.interp([start, end], moments, spent)
        return float(high - low)

    def _read(self) -> None:
        tick = 1_000 / os.sysconf("SC_CLK_TCK")
        while True:
            spent = sum(int(fields[11]) + int(fields[12]) for fields in map(_stat, self._files))
            self._samples.append((1_000 * time.time(), tick * spent))
            time.sleep(SAMPLED)


def _stat(path: Path) -> list[str]:
    """What the kernel says of a process, after its name; nothing used of one that is gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


@contextmanager
def serving(bundle: Path, port: int = 0) -> Iterator[str]:
    """Serve the app with a bundle; gives its address once it answers."""
    with started(bundle, port) as (_, address):
        wait_for(address)
        yield address


@contextmanager
def started(bundle: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a server of the app with a bundle; gives its process and address at once."""
    if not port:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {"LHYDRA_BUNDLE": str(bundle.resolve()), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, f"http://localhost:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError(f"no answer from {address}")
