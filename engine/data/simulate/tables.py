"""The simulated world on disk: three Parquet files, each whole or absent."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engine.data.simulate.world import World


def write_world(world: World, out: Path) -> None:
    """Write users.parquet, songs.parquet and plays.parquet into the folder `out`, the same bytes for the same world.

    Each is written beside its place under a temporary name, then renamed, so a reader never meets half a file.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in zip(World._fields, world, strict=True):
        whole = out / f"{name}.parquet"
        partial = out / f".{name}.parquet.partial"
        try:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), partial, compression="zstd")
            partial.replace(whole)
        finally:
            partial.unlink(missing_ok=True)
