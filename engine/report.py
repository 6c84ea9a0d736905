"""Write the report of a bundle: gather what the bundle holds, and put the page beside it or where it is asked for."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd

from engine.data.files import read_table
from engine.data.whole import whole_file
from engine.errors import DataError
from engine.reporting.crossvalidations import crossvalidations
from engine.reporting.document import to_html, to_markdown
from engine.reporting.material import ABLATION_COLUMNS, Material
from engine.reporting.report import report
from engine.serving import bundle as files
from engine.serving.bundle import MANIFEST, Bundle, open_bundle, writing_bundle
from engine.serving.data_record import DataRecord
from engine.serving.evaluation_record import EvaluationRecord

Format = Literal["html", "md"]


def write_report(
    folder: Path,
    out: Path | None = None,
    form: Format | None = None,
    ablations: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write the report of the bundle in `folder`; returns where it is.

    Parameters
    ----------
    out
        Where to write; None for `report.html` or `report.md` in the bundle, which is replaced in one step.
    form
        None goes by the suffix of `out`, and is HTML without one.
    ablations
        A CSV or Parquet file of what each part of the model is worth, as `benchmarks/ablation.py --out` writes.

    Raises
    ------
    BundleError
        The bundle is missing, incomplete or changed.
    DataError
        `ablations` can't be used, or `out` can't be written.
    """
    say("checking the bundle")
    bundle = open_bundle(folder)
    form = form or ("md" if out is not None and out.suffix.lower() in (".md", ".markdown") else "html")
    say("drawing")
    text = report_text(bundle, form, ablations)
    if out is not None:
        _write(out, text)
        return out
    say("writing the bundle")
    _into_bundle(bundle, f"report.{form}", text)
    return bundle.path(f"report.{form}")


def report_text(bundle: Bundle, form: Format = "html", ablations: Path | None = None) -> str:
    """Give the report of a bundle that is open, as HTML or Markdown."""
    document = report(gather(bundle, ablations))
    return to_markdown(document) if form == "md" else to_html(document)


def gather(bundle: Bundle, ablations: Path | None = None) -> Material:
    """Read what a bundle holds, and what lies beside it, for its report."""
    record, evaluation = DataRecord.load(bundle), EvaluationRecord(bundle)
    return Material(
        name=bundle.name,
        manifest=bundle.manifest,
        quality=record.quality,
        coverage=record.coverage,
        training=pd.read_parquet(bundle.path(files.TRAINING)),
        summary=evaluation.summary(),
        metrics=evaluation.metrics(),
        compared=evaluation.comparisons(),
        cohorts=evaluation.cohorts(),
        slices=evaluation.slices(),
        bias=evaluation.bias(),
        calibration=evaluation.curves("calibration"),
        roc=evaluation.curves("roc"),
        precision_recall=evaluation.curves("precision_recall"),
        folds=tuple(crossvalidations(bundle.folder.resolve().parent, bundle.manifest["data"].get("data_sha256"))),
        ablations=None if ablations is None else _read_ablations(ablations),
    )


def _read_ablations(path: Path) -> pd.DataFrame:
    table = read_table(path)
    missing = [name for name in ABLATION_COLUMNS if name not in table]
    if missing:
        raise DataError(f"{path}: has no column {missing[0]}; give what `benchmarks/ablation.py --out` wrote")
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ABLATION_COLUMNS[1:]}
    return table[["variant"]].astype(str).assign(**numbers)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _into_bundle(bundle: Bundle, name: str, text: str) -> None:
    """Put the page into the bundle, whose manifest then names it: the old bundle or the new one, never half of it."""
    kept = ("schema_version", "library_versions", "files", "name")
    own = {key: value for key, value in bundle.manifest.items() if key not in kept}
    with writing_bundle(bundle.folder, lambda: own) as temporary:
        leave = shutil.ignore_patterns(MANIFEST, name)
        shutil.copytree(bundle.folder, temporary, dirs_exist_ok=True, ignore=leave)
        (temporary / name).write_text(text, encoding="utf-8")
