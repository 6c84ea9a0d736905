"""Types of the fixtures that tests of sources share."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from engine.data.raw import RawTable

Collect = Callable[[RawTable | None], pd.DataFrame]
Write = Callable[..., Path]
