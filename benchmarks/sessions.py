"""Many visitors at once, without browsers: each a WebSocket that speaks Streamlit's protocol and works as people do.

A visitor asks for a view, waits for the end of the script, thinks, and asks for the next. All of a view is in the
address, so a view is asked for by its query alone. Views are drawn by a seed from the bundle's own songs and listeners.
The package `websockets` comes with Streamlit.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from engine import Engine

MOST_SECONDS = 30.0  # for one answer, after which it is an error
MOST_BYTES = 64 << 20
THINKING = (1.0, 4.0)  # s between two views
View = tuple[str, dict[str, str]]


@dataclass
class Answers:
    """What all visitors were answered: seconds of each, by page, and what went wrong."""

    seconds: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    most_bytes: int = 0


def visit_all(address: str, engine: Engine, visitors: int, seconds: float, seed: int, pages: list[str]) -> Answers:
    """Let visitors work for some seconds, and leave."""
    answers = Answers()

    async def all_of_them() -> None:
        until = time.monotonic() + seconds
        each = (
            _visitor(address, views(engine, random.Random(seed + n), pages), until, answers) for n in range(visitors)
        )
        await asyncio.gather(*each)

    asyncio.run(all_of_them())
    return answers


def views(engine: Engine, draw: random.Random, pages: list[str]) -> Iterator[View]:
    """Give views without end, of the pages there are."""
    songs, users = engine.songs, engine.users["user_id"]
    attributes = [name for name in engine.evaluation.members().columns if name != "user_id"] or ["gender"]

    def title() -> str:
        text = str(songs["title"].iloc[draw.randrange(len(songs))]).lower()
        return text[: draw.randint(3, max(4, len(text)))]

    def song() -> str:
        return str(songs["song_id"].iloc[draw.randrange(len(songs))])

    def user() -> str:
        return str(users.iloc[draw.randrange(len(users))])

    while True:
        made: list[View] = [
            ("discover", {"d_q": title()}),
            ("discover", {"d_q": title()}),
            ("discover", {"d_song": song()}),
            ("recommend", {"r_user": user(), "r_div": str(draw.choice([0, 0.2, 0.5]))}),
            ("recommend", {"r_mode": "persona", "r_songs": f"{song()},{song()}"}),
            ("cohorts", {"c_by": draw.choice(attributes)}),
            ("quality", {"q_view": draw.choice(["ranking", "predictions", "training"])}),
            ("data", {"data_view": draw.choice(["quality", "coverage"])}),
            ("explain", {"x_user": user(), "x_song": song()}),
        ]
        yield draw.choice([view for view in made if view[0] in pages])


async def _visitor(address: str, wanted: Iterator[View], until: float, answers: Answers) -> None:
    place = urlsplit(address).netloc
    try:
        async with connect(
            f"ws://{place}/_stcore/stream", subprotocols=["streamlit"], origin=address, max_size=MOST_BYTES
        ) as socket:
            hashes = await _ask(socket, "", "", {}, answers, {})
            while time.monotonic() < until:
                page, query = next(wanted)
                began = time.monotonic()
                await _ask(socket, page, hashes.get(page, ""), query, answers, hashes)
                answers.seconds.append((page, time.monotonic() - began))
                await asyncio.sleep(random.uniform(*THINKING))
    except (OSError, TimeoutError, WebSocketException, DecodeError) as error:
        answers.errors.append(f"{type(error).__name__}: {error}")


async def _ask(
    socket: ClientConnection, page: str, page_hash: str, query: dict[str, str], answers: Answers, known: dict[str, str]
) -> dict[str, str]:
    """Ask for a view and wait until its script has ended; gives the pages' hashes by their paths."""
    message = BackMsg()
    message.rerun_script.query_string = urlencode(query)
    message.rerun_script.page_script_hash = page_hash
    message.rerun_script.page_name = page
    await socket.send(message.SerializeToString())
    hashes, size = dict(known), 0
    async with asyncio.timeout(MOST_SECONDS):
        while True:
            received = await socket.recv()
            size += len(received)
            answer = ForwardMsg.FromString(received if isinstance(received, bytes) else received.encode())
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                hashes |= {p.url_pathname: p.page_script_hash for p in answer.navigation.app_pages}
            elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
                answers.errors.append(f"{page}: {answer.delta.new_element.exception.message}")
            elif kind == "page_not_found":
                answers.errors.append(f"{page}: no such page")
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                answers.most_bytes = max(answers.most_bytes, size)
                return hashes


def resident(pid: int) -> float:
    """Memory that a process holds, MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")
