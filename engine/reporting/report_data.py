"""The report's first and last sections: the data and their quality, and how to build the bundle again."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from engine.config import Settings
from engine.reporting import charts
from engine.reporting.document import Figure, Section, Table
from engine.reporting.material import Material
from engine.reporting.variables import variable
from engine.reporting.words import count, listed, one_line

TABLES = ("users", "songs", "plays")
MOST_REASONS = 20


def data(material: Material) -> Section:
    """What was loaded, what became of it, how it was split and how much of it is known."""
    says, tables, figures = [], [], []
    records = {name: material.quality[name] for name in TABLES if isinstance(material.quality.get(name), dict)}
    if records:
        says.append(_lost(records))
        tables.append(_tables(records))
        reasons = _reasons(records)
        if reasons is not None:
            tables.append(reasons)
    says += _split(material)
    off = [variable(str(name)).title.lower() for name in material.manifest.get("features_off") or ()]
    if off:
        has = "it" if len(off) == 1 else "them"
        says.append(f"The model does without {listed(off)}: no play that it was trained on has {has}.")
    for name in TABLES:
        rows = material.coverage
        rows = rows[rows["table"] == name] if len(rows) else rows
        if len(rows) and name != "plays":
            words = f"A circle is the share of {name} for which a feature is known, a diamond that of their plays."
            figures.append(Figure(charts.coverage(rows, name), words, f"What is known of {name}"))
    notes = tuple(map(str, material.quality.get("notes", ())))
    return Section("data", "The data", tuple(says), tuple(figures), tuple(tables), notes=notes)


def reproduce(material: Material) -> Section:
    """The command that builds the bundle again, and what else its figures depend on."""
    source = one_line(material.data.get("source", "tables"), 40)
    asked = _settings(material)
    place = "" if source == "simulated" else " --data FOLDER"
    bundle = f"artifacts/{one_line(material.name)}"
    command = f"python -m engine build --source {source}{place} --out {bundle}"
    command += "".join(f" \\\n  --set '{name}={value}'" for name, value in asked.items())
    again = [f"python -m engine evaluate --bundle {bundle}", f"python -m engine report --bundle {bundle}"]
    versions = material.manifest.get("library_versions") or {}
    facts = [
        ("Data, SHA-256", str(material.data.get("data_sha256", "–"))),
        ("Seed", str(material.config.get("seed", "–"))),
    ]
    facts += [(str(name), str(version)) for name, version in versions.items()]
    table = Table("What the figures depend on", ("What", "Which"), tuple(facts))
    says = (
        "The same tables, settings and library versions give the same split, the same training and, on a CPU, the same "
        "weights. Settings that are not named here are the default's.",
    )
    return Section("reproduce", "How to reproduce", says, tables=(table,), code=("\n".join([command, *again]),))


def _lost(records: dict[str, Any]) -> str:
    rows, rejected = (sum(record[key] for record in records.values()) for key in ("rows_in", "rejected"))
    if not rejected:
        return f"All {count(rows)} rows were kept."
    return f"Of {count(rows)} rows, {count(rejected)} ({rejected / rows:.2%}) were rejected, each with its reason."


def _tables(records: dict[str, Any]) -> Table:
    frame = pd.DataFrame(
        {
            "Table": list(records),
            "Rows read": [count(record["rows_in"]) for record in records.values()],
            "Kept": [count(record["kept"]) for record in records.values()],
            "Rejected": [count(record["rejected"]) for record in records.values()],
            "Values repaired": [count(sum(record.get("repaired", {}).values())) for record in records.values()],
        }
    )
    caption = "What became of the rows; kept and rejected add up to the rows read"
    return Table.of(caption, frame, ["Rows read", "Kept", "Rejected", "Values repaired"])


def _reasons(records: dict[str, Any]) -> Table | None:
    rows = [
        (name, str(reason), number)
        for name, record in records.items()
        for reason, number in record.get("rejected_by_reason", {}).items()
    ]
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: -row[2])[:MOST_REASONS]
    frame = pd.DataFrame([(t, r, count(n)) for t, r, n in rows], columns=["Table", "Reason", "Rows"])
    return Table.of("Why rows were rejected", frame, ["Rows"])


def _split(material: Material) -> list[str]:
    split, held = material.data.get("split"), material.data.get("held_out") or {}
    shares = (
        f"{held.get('valid_share', 0.1):.0%} of plays for validation, {held.get('test_share', 0.1):.0%} for the test"
    )
    how = {
        "temporal": f"Plays are split by time: the last ones are held out, {shares}.",
        "random": f"Plays are split at random for each listener: {shares}.",
    }.get(str(split), f"Held out: {shares}.")
    says = [f"{how} Everything is fitted on train plays alone; the test plays were looked at once, at the end."]
    noted = {**(material.manifest.get("metrics") or {}), **material.summary}
    users, new = noted.get("users"), noted.get("users_without_train_plays")
    if users:
        among = f", {count(new)} of them without train plays, so new to the model" if new else ""
        says.append(f"{count(users)} listeners are judged{among}.")
    return says


def _settings(material: Material) -> dict[str, str]:
    """Settings that differ from the default, as `--set` reads them."""
    default, own = _flat(Settings().model_dump(mode="json")), _flat(material.config)
    changed = {name: value for name, value in own.items() if name in default and value != default[name]}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in changed.items()}


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Give nested settings by dotted names."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found
