"""What tests of explanations share: listeners of the small bundle with a song recommended to each."""

import pytest

from engine import Engine


@pytest.fixture(scope="session")
def pairs(engine: Engine) -> list[tuple[str, str]]:
    """Ids of listeners, from the one with the longest history to one with none or next to none, and of their songs."""
    order = (-engine.histories.counts).argsort(kind="stable")
    users = [str(engine.users["user_id"].iloc[order[place]]) for place in (0, 20, 80, 150, -1)]
    return [(user, str(engine.recommend(user, k=3)["song_id"].iloc[2])) for user in users]
