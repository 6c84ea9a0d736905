"""The commands that train: train, crossval and tune. `engine.cli` lists them among the others.

Heavy imports stand inside the commands, as there.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli_options import Config, Json, Prepared, Quiet, Set
from engine.config import load_settings


def train(
    prepared: Prepared,
    out: Annotated[Path, typer.Option("--out", help="Folder for the checkpoints, best and last.")],
    config: Config = None,
    set_: Set = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in --out.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train the two-tower model until validation NDCG@10 stops rising.

    Killed, it goes on with --resume. On several GPUs: accelerate launch --multi_gpu --num_processes N -m engine train;
    on N processes of a CPU the same, or torchrun --nproc_per_node N -m engine train.
    """
    from engine import console
    from engine.data.prepared import load_prepared
    from engine.training import hardware
    from engine.training.loop import train as run

    settings = load_settings(config, set_ or ())
    speaks = hardware.is_first_process()
    if hardware.launched_alone():
        console.show_note("one process: accelerate launch --cpu starts no more; torchrun --nproc_per_node N does")
    with console.progress(quiet or as_json or not speaks) as bar:
        trained = run(
            load_prepared(prepared),
            settings,
            out,
            resume="yes" if resume else "no",
            on_progress=lambda p: bar(p.text, p.fraction),
        )
    processes = hardware.processes()
    hardware.leave()
    if not speaks:
        return
    best = trained.curve.loc[trained.curve["ndcg@10"].idxmax()]
    if as_json:
        found = {"seconds": trained.seconds, "processes": processes, "best": best.to_dict()}
        console.show_json({"out": str(out), **found})
    else:
        text = (
            f"{out}: best validation NDCG@10 {best['ndcg@10']:.4f} in epoch {best['epoch']:.0f} of {len(trained.curve)}"
        )
        console.show_text(f"{text}, {trained.seconds:.0f} s", quiet)
        if settings.train.tensorboard:
            console.show_text(f"curves: tensorboard --logdir {out / 'tensorboard'}", quiet)


def crossval(
    prepared: Prepared,
    folds: Annotated[
        int | None, typer.Option("--folds", help="How many, 3 or more; default: as prepared, or 5.")
    ] = None,
    kind: Annotated[
        Literal["users", "time"], typer.Option("--kind", help="Folds of users, or sliding windows of time.")
    ] = "users",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the result; default: beside --prepared.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Folds at a time; default: what keeps the cores busy.")
    ] = None,
    config: Config = None,
    set_: Set = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train and judge on K folds: a table with a row a fold, and means with intervals.

    Killed, it goes on where it was when run again.
    """
    from engine import console
    from engine.training.crossval import crossvalidate

    settings = load_settings(config, set_ or ())
    place = out or prepared.with_name(f"{prepared.resolve().name}.crossval-{kind}")
    with console.progress(quiet or as_json) as bar:
        done = crossvalidate(prepared, settings, place, folds, kind, jobs, bar)
    if as_json:
        console.show_json({"out": str(place), **done.summary, "table": console.rows(done.table)})
    else:
        console.show_crossvalidation(done.table, done.summary, quiet)
        console.show_text(f"{place}: the table and the summary", quiet)


def tune(
    prepared: Prepared,
    out: Annotated[Path, typer.Option("--out", help="Folder for the study, the table of trials and best.yaml.")],
    trials: Annotated[
        int | None, typer.Option("--trials", help="Trials in all; default: 20, or no end with --minutes.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Begin no trial later than this; the last one is finished.")
    ] = None,
    config: Config = None,
    set_: Set = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Search the few decisive settings on validation; the winner is a preset for --config. --set fixes a setting.

    Killed, or run again with more --trials, it goes on.
    """
    from engine import console
    from engine.data.prepared import load_prepared
    from engine.training.tune import BEST
    from engine.training.tune import tune as run

    settings = load_settings(config, set_ or ())
    fixed = [pair.partition("=")[0].strip() for pair in set_ or ()]
    with console.progress(quiet or as_json) as bar:
        tuned = run(load_prepared(prepared), settings, out, trials, minutes, fixed, bar)
    if as_json:
        console.show_json({"out": str(out), **tuned.result, "table": console.rows(tuned.table)})
    else:
        console.show_tuned(tuned.table, tuned.result["says"], quiet)
        console.show_text(f"{out / BEST}: the winner, for --config", quiet)
