"""The simulated world on disk: three Parquet files, each whole or absent."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engine.data.simulate.world import World
from engine.data.whole import whole_file


def write_world(world: World, out: Path) -> None:
    """Write users.parquet, songs.parquet and plays.parquet into the folder `out`, the same bytes for the same world.

    A reader never meets half a file.
    """
    for name, frame in zip(World._fields, world, strict=True):
        with whole_file(out / f"{name}.parquet") as temporary:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary, compression="zstd")
