"""Columns that many tables share: the tenant, three clocks, the demo flag; and UTC that stays UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Dialect, Float, String, Text
from sqlalchemy.types import TypeDecorator

from service.said.sayings import SAYINGS_CODEC, Saying


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC; SQLite has no time zones, so it is stored without and read back with UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; a moment without a zone is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the moment {value.isoformat()} has no time zone; give it one, e.g. UTC")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read back with UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """A short text."""
    return Column(name, String(255), primary_key=primary_key, nullable=nullable)


def tenant() -> tuple[Column[str], ...]:
    """Where a row belongs."""
    return text("enterprise"), text("site"), text("area"), text("line")


def clocks() -> tuple[Column[Any], ...]:  # Any: columns of several types
    """When and where, by three clocks, and the order among all events of the line."""
    return (
        Column("utc", UtcTime, nullable=False),
        Column("mono_ns", BigInteger, nullable=False),
        Column("encoder_mm", Float, nullable=False),
        Column("order_no", BigInteger, nullable=False),
    )


def demo() -> Column[bool]:
    """Whether rendered or simulated input had a part."""
    return Column("demo", Boolean, nullable=False)


def said() -> Column[str]:
    """What the row's English text says, for any language, as JSON; none: it is there in English alone."""
    return Column("said", Text, nullable=False, default=said_text(()), server_default=said_text(()))


def said_text(said: Sequence[Saying]) -> str:
    """Sentences as the column keeps them."""
    return SAYINGS_CODEC.dump_json(tuple(said)).decode()


def said_of(text: str | None) -> tuple[Saying, ...]:
    """Sentences of the column; None: the row is not there."""
    return SAYINGS_CODEC.validate_json(text) if text else ()
