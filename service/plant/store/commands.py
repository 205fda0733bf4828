"""Commands to lines, and the answers that came as events."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select

from service.events import Tenant
from service.line_commands import CommandOutcome, LineCommand, LineCommandKind
from service.plant.store.columns import said_of
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.tables import COMMAND_ANSWERS, COMMANDS
from service.plant.views.commands import CommandView


def add(tx: Transaction, tenant: Tenant, command: LineCommand) -> None:
    """Queue a command."""
    tx.execute(
        insert(COMMANDS).values(
            id=command.id,
            **columns_of(tenant),
            command=command.command.value,
            arguments=json.dumps(command.arguments),
            issued_by=command.issued_by,
            issued_utc=command.issued_utc,
            expires_utc=command.expires_utc,
        )
    )


def waiting(tx: Transaction, line: str, now: datetime) -> tuple[LineCommand, ...]:
    """What a line should still do, oldest first."""
    query = (
        _with_answers()
        .where(COMMANDS.c.line == line, COMMANDS.c.expires_utc > now, COMMAND_ANSWERS.c.outcome.is_(None))
        .order_by(COMMANDS.c.issued_utc, COMMANDS.c.id)
    )
    return tuple(_view(row, now).command for row in tx.execute(query).mappings())


def newest(tx: Transaction, line: str | None, limit: int, now: datetime) -> Sequence[CommandView]:
    """Commands with their answers, newest first."""
    query = _with_answers().order_by(COMMANDS.c.issued_utc.desc(), COMMANDS.c.id).limit(limit)
    if line is not None:
        query = query.where(COMMANDS.c.line == line)
    return [_view(row, now) for row in tx.execute(query).mappings()]


def _with_answers() -> Select[Any]:  # Any: columns of several types
    first = (
        select(COMMAND_ANSWERS.c.command_id, func.min(COMMAND_ANSWERS.c.order_no).label("order_no"))
        .group_by(COMMAND_ANSWERS.c.command_id)
        .subquery()
    )
    return (
        select(
            COMMANDS,
            COMMAND_ANSWERS.c.outcome,
            COMMAND_ANSWERS.c.detail,
            COMMAND_ANSWERS.c.said,
            COMMAND_ANSWERS.c.utc.label("answered_utc"),
        )
        .outerjoin(first, first.c.command_id == COMMANDS.c.id)
        .outerjoin(
            COMMAND_ANSWERS,
            (COMMAND_ANSWERS.c.command_id == COMMANDS.c.id)
            & (COMMAND_ANSWERS.c.order_no == first.c.order_no)
            & (COMMAND_ANSWERS.c.line == COMMANDS.c.line),  # another line can't answer for this one
        )
    )


def _view(row: Any, now: datetime) -> CommandView:  # Any: row mapping
    command = LineCommand(
        id=row["id"],
        line=row["line"],
        command=LineCommandKind(row["command"]),
        arguments=json.loads(row["arguments"]),
        issued_by=row["issued_by"],
        issued_utc=row["issued_utc"],
        expires_utc=row["expires_utc"],
    )
    outcome = CommandOutcome(row["outcome"]) if row["outcome"] else None
    if outcome is None and row["expires_utc"] <= now:
        outcome = CommandOutcome.EXPIRED
    return CommandView(
        command=command,
        outcome=outcome,
        detail=row["detail"] or "",
        said=said_of(row["said"]),
        answered_utc=row["answered_utc"],
    )
