"""A world of invented listeners and invented songs, so that Lhydra works without anyone's data.

Artists have a country, a language and a genre; songs sound like their genre and their artist; listeners have tastes
that age, gender and country shift, come back to what they know, and listen when people do. The same arguments give
the same world, to the byte.
"""

from engine.data.simulate.tables import write_world
from engine.data.simulate.world import World, simulate_world

__all__ = ["World", "simulate_world", "write_world"]
