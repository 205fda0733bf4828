"""Pages of longer lists: which rows a page holds."""

from service.plant.errors import PlantError

LARGEST_PAGE = 500
LAST_PAGE = 1_000_000_000  # what a database takes as an offset ends at 2^63


def offset_of(page: int, page_size: int) -> int:
    """How many rows come before a page. PlantError: bad_page."""
    if not 1 <= page <= LAST_PAGE or not 1 <= page_size <= LARGEST_PAGE:
        raise PlantError(
            "bad_page",
            f"page {page} of {page_size}: pages count from 1 to {LAST_PAGE} and hold 1 to {LARGEST_PAGE}",
        )
    return (page - 1) * page_size
