"""How many passed rolls to look at, and which ones: drawn by a seed that is kept, without replacement.

Sample sizes: ISO 2859-1:1999, tables 1 and 2-A, general inspection level II, single sampling (read in the
identical IS 2500-1:2000). They are taken for the size of an audit here, not to accept or refuse a lot.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
LEVEL_II = (  # lot size up to → sample size
    *((8, 2), (15, 3), (25, 5), (50, 8), (90, 13), (150, 20), (280, 32), (500, 50), (1_200, 80)),
    *((3_200, 125), (10_000, 200), (35_000, 315), (150_000, 500), (500_000, 800)),
)
LARGEST_SAMPLE = 1_250  # above half a million


def sample_size(population: int) -> int:
    """How many of a population to draw; all of it where it is smaller."""
    wanted = next((size for up_to, size in LEVEL_II if population <= up_to), LARGEST_SAMPLE)
    return min(wanted, population)


def draw(population: Sequence[Item], size: int, seed: int) -> list[Item]:
    """Draw at random; the same seed and population give the same sample."""
    return random.Random(seed).sample(list(population), min(size, len(population)))  # noqa: S311
