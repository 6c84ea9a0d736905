"""The commands that change a published bundle."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli_options import BundleOption, Json, Quiet


def add_songs(
    bundle: BundleOption,
    songs: Annotated[Path, typer.Option("--songs", help="New songs, a table as a build reads it.")],
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Add new songs to a bundle without training: they are embedded by their features and can be recommended at once.

    The bundle is replaced in one step. Rows that can't be used are kept beside it with the reason.
    """
    from engine import console
    from engine.add_songs import add_songs as run
    from engine.data.frames import write_rejects

    with console.progress(quiet or as_json) as bar:
        found = run(bundle, songs, bar)
    write_rejects(bundle, [found.rejects])
    console.show_rejects(bundle)
    if as_json:
        counts = {"added": found.added, "songs": found.songs, "rejected": len(found.rejects)}
        console.show_json({"bundle": str(bundle), **counts})
    else:
        console.show_text(f"{bundle}: {found.added:,} songs added, {found.songs:,} in all", quiet)
