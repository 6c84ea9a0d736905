"""Options that several commands of the command line share."""

from pathlib import Path
from typing import Annotated

import typer

from engine.config import SOURCE_NAMES

Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Source = Annotated[str, typer.Option("--source", help=f"{', '.join(SOURCE_NAMES)}; `sources` says what each reads.")]
BundleOption = Annotated[Path, typer.Option("--bundle", help="A bundle, such as artifacts/demo.")]
Config = Annotated[Path | None, typer.Option("--config", help="A YAML file of settings; default: the default preset.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="key=value, such as model.dim=128; may be repeated.")]
Prepared = Annotated[Path, typer.Option("--prepared", help="A folder written by prepare.")]
Memory = Annotated[
    str | None, typer.Option("--memory", help="What preparing may use, such as 6GB; default: half of the machine's.")
]
Count = Annotated[int, typer.Option("-k", help="How many results.", min=1, max=1000)]
