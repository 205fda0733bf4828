"""A page of a longer list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page of a longer list; pages count from 1."""

    items: tuple[Item, ...]
    page: int
    page_size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.page_size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[Item]):
    """A part of a list that goes on from a cursor; rows that arrive meanwhile don't shift it."""

    items: tuple[Item, ...]
    next_cursor: str | None  # None: that was all
