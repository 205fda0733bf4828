"""What the loop did and advised, the line's answers to it, and what it brought."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from service.events import Tenant
from service.plant.outlook.advice import Fact
from service.plant.store.columns import said_of, said_text
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.loop_tables import LOOP_ACTIONS
from service.plant.store.tables import COMMAND_ANSWERS
from service.plant.views.loop import ActionStatus, LoopAction
from service.said.sayings import Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAction:
    """An action as it is taken."""

    kind: str
    article: str
    subject: str
    before: float | None
    after: float | None
    reason: str
    evidence: tuple[Fact, ...]
    expected_before_per_t: float | None
    expected_after_per_t: float | None
    made_utc: datetime
    command_id: str | None
    status: ActionStatus
    demo: bool


def add(tx: Transaction, tenant: Tenant, new: NewAction) -> int:
    """Keep an action; returns its id."""
    names = ("kind", "article", "subject", "before", "after", "reason", "made_utc", "command_id", "demo")
    expected = ("expected_before_per_t", "expected_after_per_t")
    made = tx.execute(
        insert(LOOP_ACTIONS)
        .values(
            **columns_of(tenant),
            **{name: getattr(new, name) for name in (*names, *expected)},
            evidence=json.dumps([[fact.what, fact.value, fact.unit, fact.pieces] for fact in new.evidence]),
            status=new.status.value,
            answer="",
        )
        .returning(LOOP_ACTIONS.c.id)
    )
    return int(made.scalar_one())


def newest(
    tx: Transaction, *, line: str | None = None, kind: str | None = None, limit: int = 100
) -> tuple[LoopAction, ...]:
    """Actions, newest first."""
    query = select(LOOP_ACTIONS)
    if line is not None:
        query = query.where(LOOP_ACTIONS.c.line == line)
    if kind is not None:
        query = query.where(LOOP_ACTIONS.c.kind == kind)
    rows = tx.execute(query.order_by(LOOP_ACTIONS.c.id.desc()).limit(limit)).mappings()
    return tuple(_action(row) for row in rows)


def moves_of(tx: Transaction, line: str, article: str, subject: str, limit: int = 20) -> list[LoopAction]:
    """What was done to one threshold, newest first."""
    table = LOOP_ACTIONS.c
    query = select(LOOP_ACTIONS).where(
        table.line == line, table.article == article, table.subject == subject, table.kind == "threshold"
    )
    return [_action(row) for row in tx.execute(query.order_by(table.id.desc()).limit(limit)).mappings()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a line said to a command."""

    outcome: str
    words: str
    said: tuple[Saying, ...]  # the words for any language
    utc: datetime


def answers(tx: Transaction, line: str, command_ids: Sequence[str]) -> dict[str, Answer]:
    """The line's first answer to each command."""
    query = (
        select(COMMAND_ANSWERS)
        .where(COMMAND_ANSWERS.c.line == line, COMMAND_ANSWERS.c.command_id.in_(command_ids))
        .order_by(COMMAND_ANSWERS.c.order_no.desc())
    )
    return {
        row.command_id: Answer(outcome=row.outcome, words=row.detail, said=said_of(row.said), utc=row.utc)
        for row in tx.execute(query)
    }


def answered(tx: Transaction, action_id: int, status: ActionStatus, answer: Answer) -> None:
    """The line answered, or the time for it is over."""
    values = {
        "status": status.value,
        "answer": answer.words,
        "said": said_text(answer.said),
        "answered_utc": answer.utc,
    }
    tx.execute(update(LOOP_ACTIONS).where(LOOP_ACTIONS.c.id == action_id).values(**values))


def scored(
    tx: Transaction, action_id: int, *, happened: float, unchanged: float, tonnes: float, utc: datetime
) -> None:
    """What it brought."""
    values = {
        "status": ActionStatus.SCORED.value,
        "happened_per_t": happened,
        "unchanged_per_t": unchanged,
        "scored_tonnes": tonnes,
        "scored_utc": utc,
    }
    tx.execute(update(LOOP_ACTIONS).where(LOOP_ACTIONS.c.id == action_id).values(**values))


def _action(row: Any) -> LoopAction:  # Any: row mapping
    names = [n for n in LoopAction.__dataclass_fields__ if n not in ("evidence", "status", "said")]
    return LoopAction(
        evidence=tuple(
            Fact(what=what, value=value, unit=unit, pieces=pieces)
            for what, value, unit, pieces in json.loads(row["evidence"])
        ),
        status=ActionStatus(row["status"]),
        said=said_of(row["said"]),
        **{name: row[name] for name in names},
    )
