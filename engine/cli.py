"""The command line: `python -m engine COMMAND`. Thin: each command reads its options, calls the engine and prints.

Heavy imports stand inside the commands, so that `--help` answers at once and `search` loads no torch.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.exceptions import TyperException

from engine.cli_bundle import add_songs
from engine.cli_options import BundleOption, Config, Count, Json, Memory, Quiet, Set, Source
from engine.cli_training import crossval, train, tune
from engine.config import load_settings, parse_memory
from engine.errors import DataError, EngineError, SettingsError

app = typer.Typer(
    name="engine", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Lhydra: prepare listening data, train the recommender, publish it, ask it.",
)  # fmt: skip


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the three tables.")],
    users: Annotated[int, typer.Option("--users")] = 5_000,
    songs: Annotated[int, typer.Option("--songs")] = 20_000,
    plays: Annotated[int, typer.Option("--plays")] = 1_000_000,
    seed: Annotated[int, typer.Option("--seed")] = 7,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write the tables of a simulated world: invented listeners, songs and plays."""
    from engine import build as line
    from engine import console

    size = line.WorldSize(users, songs, plays, seed)
    with console.progress(quiet or as_json) as bar:
        line.simulate(out, size, bar)
    if as_json:
        console.show_json({"out": str(out), **vars(size)})
    else:
        console.show_text(f"{out}: {users:,} users, {songs:,} songs, {plays:,} plays (simulated)", quiet)


@app.command()
def sources(quiet: Quiet = False, as_json: Json = False) -> None:
    """List the sources: what each reads, where to get it, and its terms of use."""
    from engine import console
    from engine.data.sources import source_table

    if as_json:
        console.show_json(source_table())
    elif not quiet:
        console.show_entries(source_table(), "name")


@app.command()
def prepare(
    source: Source,
    data: Annotated[Path, typer.Option("--data", help="Where the source's files are.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the prepared data.")],
    folds: Annotated[
        int | None, typer.Option("--folds", help="Folds for cross-validation, 3 or more: of users, and of time.")
    ] = None,
    cold_users: Annotated[
        float | None, typer.Option("--cold-users", help="Share of users to hold out whole, such as 0.05.")
    ] = None,
    cold_songs: Annotated[
        float | None, typer.Option("--cold-songs", help="Share of songs to hold out whole, such as 0.1.")
    ] = None,
    memory: Memory = None,
    config: Config = None,
    set_: Set = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Clean, index and split tables, fit features on the train plays, and print the quality summary.

    Killed, it goes on where it was when run again.
    """
    from engine import console
    from engine.data.prepare import prepare as run

    asked = {"folds": folds, "cold_users": cold_users, "cold_songs": cold_songs}
    options = [f"split.{name}={value}" for name, value in asked.items() if value is not None]
    settings = load_settings(config, [*(set_ or ()), *options])
    with console.progress(quiet or as_json) as bar:
        quality = run(source, data, out, settings, bar, parse_memory(memory))
    if as_json:
        console.show_json(quality)
    else:
        console.show_quality(quality, quiet)


for command in (train, crossval, tune):  # here, because help lists commands in the order they are registered
    app.command()(command)


@app.command()
def build(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="The bundle, such as artifacts/NAME.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Where the source's files are; not needed for simulated.")
    ] = None,
    memory: Memory = None,
    config: Config = None,
    set_: Set = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Go the whole line from tables to a bundle. Killed, it goes on where it was when run again."""
    from engine import build as line
    from engine import console
    from engine.serving.bundle import read_manifest

    settings = load_settings(config, set_ or ())
    with console.progress(quiet or as_json) as bar:
        metrics = line.build(source, data, out, settings, bar.report, parse_memory(memory))
    manifest = read_manifest(out)
    if as_json:
        console.show_json({"bundle": str(out), **{k: v for k, v in manifest.items() if k != "files"}})
        return
    console.show_metrics(metrics, quiet)
    kind = "simulated" if manifest["simulated"] else "real"
    counts = manifest["counts"]
    console.show_text(f"{out}: {counts['users']:,} users, {counts['songs']:,} songs, {kind} data", quiet)


@app.command()
def evaluate(
    bundle: BundleOption,
    baselines: Annotated[
        Literal["none", "fast", "all"] | None,
        typer.Option("--baselines", help="What stands beside the model; all adds least squares. Default: as built."),
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Work out baselines, intervals, cohorts and weak slices anew, into the bundle.

    The model's own lists are those of the build: what a bundle serves has been trained on the test plays too.
    """
    from engine import console
    from engine.publish_evaluation import evaluate_again

    with console.progress(quiet or as_json) as bar:
        found, metrics = evaluate_again(bundle, baselines, bar)
    if as_json:
        console.show_json({"bundle": str(bundle), **found.summary, "metrics": metrics})
    else:
        console.show_metrics(metrics, quiet)
        console.show_evaluation(found.tables, found.summary, quiet)


@app.command()
def report(
    bundle: BundleOption,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write; default: into the bundle.")] = None,
    form: Annotated[
        Literal["html", "md"] | None, typer.Option("--format", help="Default: by the suffix of --out, or html.")
    ] = None,
    ablations: Annotated[
        Path | None, typer.Option("--ablations", help="What each part is worth, as benchmarks/ablation.py --out wrote.")
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write a bundle's report: one HTML file that opens offline and prints well, or Markdown without the charts."""
    from engine import console
    from engine.report import write_report

    with console.progress(quiet or as_json) as bar:
        path = write_report(bundle, out, form, ablations, bar)
    if as_json:
        console.show_json({"out": str(path), "bytes": path.stat().st_size})
    else:
        console.show_text(f"{path}: {path.stat().st_size / 1e6:.1f} MB", quiet)


@app.command()
def recommend(
    bundle: BundleOption,
    users: Annotated[str, typer.Option("--users", help="all, or a CSV or Parquet file with a column user_id.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write, .parquet, .csv or .csv.gz.")],
    k: Count = 20,
    only_new_songs: Annotated[bool, typer.Option("--only-new-songs", help="Only songs nobody has played.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Recommend k unseen songs to each user: user_id, song_id, rank, score.

    Killed, it goes on where it was when run again. A Parquet file that is there already is the cache: lists of users
    of whom nothing has changed since, by the same model, are taken over.
    """
    from engine import console
    from engine.data.files import SUFFIXES
    from engine.data.frames import write_rejects
    from engine.serving.batch import select_users
    from engine.serving.batch_file import recommend_to_file
    from engine.serving.engine import Engine

    if not out.name.lower().endswith(SUFFIXES):
        raise DataError(f"{out}: unknown file type; end the name in one of {', '.join(SUFFIXES)}")
    engine = Engine.load(bundle)
    chosen, rejects = select_users(engine, users)
    with console.progress(quiet or as_json) as bar:
        rows, reused = recommend_to_file(
            engine, chosen, k, out, only_new_songs,
            lambda done, total: bar(f"{done:,} of {total:,} users", done / total),
        )  # fmt: skip
    write_rejects(out, [rejects])
    console.show_rejects(out)
    if as_json:
        found = {"users": len(chosen), "rows": rows, "reused": reused, "rejected": len(rejects)}
        console.show_json({"out": str(out), **found})
    else:
        unchanged = f", {reused:,} of them unchanged since the last run" if reused else ""
        console.show_text(f"{out}: {rows:,} recommendations for {len(chosen):,} users{unchanged}", quiet)


app.command()(add_songs)


@app.command()
def search(
    text: Annotated[str | None, typer.Argument(help="A title, an artist or both.")] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="The bundle to search in.")] = None,
    songs: Annotated[Path | None, typer.Option("--songs", help="Songs to search in: song_id, title, artist.")] = None,
    queries: Annotated[Path | None, typer.Option("--queries", help="Queries to answer: query_id, query.")] = None,
    k: Count = 10,
    out: Annotated[Path | None, typer.Option("--out", help="Where the answers go: query_id, rank, …, ms.")] = None,
    confident: Annotated[bool, typer.Option("--confident", help="Nothing rather than an unsure best song.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find songs by misspelled text: one query in a bundle, or a file of queries in a file of songs."""
    from engine import console

    if text is not None and bundle is not None and songs is None and queries is None:
        from engine.search.confidence import SURE
        from engine.serving.engine import Engine

        found = Engine.load(bundle).search(text, k)
        unsure = not found.empty and found["confidence"].iloc[0] < SURE
        if unsure and confident:
            found = found[:0]
        elif unsure and not as_json:
            console.show_text(f"{text}: nothing close; the nearest are", quiet)
        console.show_frame(found, text, as_json)
        return
    if text is None and songs is not None and queries is not None and out is not None:
        from engine.search.file_search import search_file

        with console.progress(quiet or as_json) as bar:
            answers = search_file(
                songs, queries, k, out, lambda done, total: bar(f"{done:,} of {total:,}", done / total), confident
            )
        console.show_rejects(out)
        if as_json:
            console.show_json({"out": str(out), "rows": len(answers)})
        else:
            console.show_text(f"{out}: {answers['query_id'].nunique():,} queries answered", quiet)
        return
    raise SettingsError("give either TEXT and --bundle, or --songs, --queries and --out")


@app.command()
def similar(
    bundle: BundleOption,
    song: Annotated[str, typer.Option("--song", help="A song_id.")],
    k: Count = 10,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """List the songs that are closest to one."""
    from engine import console
    from engine.serving.engine import Engine

    engine = Engine.load(bundle)
    frame = engine.similar(song, k)
    if not quiet:
        console.show_frame(frame, f"like {engine.song(song)['title']}", as_json)


@app.command("map")
def draw_map(bundle: BundleOption, quiet: Quiet = False, as_json: Json = False) -> None:
    """Draw the map of a bundle's songs anew, into the bundle."""
    from engine import console
    from engine.publish_map import map_again

    with console.progress(quiet or as_json) as bar:
        about = map_again(bundle, bar)
    if as_json:
        console.show_json({"bundle": str(bundle), **about})
    else:
        placed = f"{about['placed']:,} of {about['songs']:,} songs placed one by one"
        console.show_text(f"{bundle}: {about['method']}, {placed}, in {about['seconds']} s", quiet)


@app.command()
def explain(
    bundle: BundleOption,
    user: Annotated[str, typer.Option("--user", help="A user_id.")],
    song: Annotated[str, typer.Option("--song", help="A song_id, recommended or not.")],
    method: Annotated[
        str, typer.Option("--method", help="integrated_gradients, gradient_shap or feature_ablation.")
    ] = "integrated_gradients",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Explain a score: what each part of listener and song adds to it, held against an average song for nobody."""
    from engine import console
    from engine.reporting.explain_words import sentence
    from engine.serving.engine import Engine

    engine = Engine.load(bundle)
    with console.progress(quiet or as_json) as bar:
        bar("explaining")
        found = engine.explain(user, song, method=method)
    if as_json:
        console.show_json(found.as_dict())
    else:
        console.show_explanation(found, sentence(found, engine.song(song), user), quiet)


@app.command()
def verify(bundle: BundleOption, quiet: Quiet = False, as_json: Json = False) -> None:
    """Check a bundle: hashes, versions, vectors, ONNX parity, index recall."""
    from engine import console, maintain

    with console.progress(quiet or as_json) as bar:
        bar("checking")
        checks = maintain.verify(bundle)
    if as_json:
        console.show_json(checks)
        return
    console.show_text(f"{bundle}: {checks['files']} files unchanged", quiet)
    worst = max(checks[part] for part in ("user_tower", "item_tower", "score", "head") if part in checks)
    console.show_text(f"ONNX differs from torch by at most {worst:.1e}", quiet)
    use = "serves" if checks["hnsw_serves"] else "not used, exact search serves"
    recall = f"{checks['recall']:.4f} (lower 95 % bound {checks['recall_low']:.4f})"
    console.show_text(f"HNSW recall@{checks['k']} {recall} at ef {checks['ef']}: {use}", quiet)


@app.command()
def export(bundle: BundleOption, quiet: Quiet = False, as_json: Json = False) -> None:
    """Export the towers and the head of a bundle to ONNX again and check them against torch."""
    from engine import console, maintain

    with console.progress(quiet or as_json) as bar:
        bar("exporting towers and head")
        parity = maintain.export(bundle)
    if as_json:
        console.show_json(parity)
    else:
        console.show_text(f"{bundle}: ONNX differs from torch by at most {max(parity.values()):.1e}", quiet)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; bad input ends with one line on standard error and exit code 2."""
    try:
        code: Any = app(arguments, standalone_mode=False)
    except EngineError as error:
        _fail(str(error))
    except TyperException as error:
        describe = getattr(error, "format_message", None)
        _fail(f"{describe() if describe else error} (see --help)")
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted; run the same command again to go on, train with --resume", 130)
    except BrokenPipeError:  # the reader, `head` perhaps, has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _end(0)
    except Exception as error:  # the last line of defence: a user never sees a traceback unasked
        if os.environ.get("LHYDRA_DEBUG"):
            raise
        _fail(f"internal error: {type(error).__name__}: {error} (LHYDRA_DEBUG=1 shows where)", 1)
    _end(code if isinstance(code, int) else 0)


def _fail(message: str, code: int = 2) -> None:
    sys.stderr.write(f"error: {' '.join(message.split())}\n")
    _end(code)


def _end(code: int) -> None:
    hardware = sys.modules.get("engine.training.hardware")  # only where something has trained
    if hardware and hardware.processes() > 1:
        hardware.end_process(code)
    sys.exit(code)
