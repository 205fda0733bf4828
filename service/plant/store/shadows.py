"""Shadows: what lines booked about recipes that look on, summed over each pair of recipes."""

import json
from collections import Counter
from typing import Any

from sqlalchemy import select

from service.plant.store.database import Transaction
from service.plant.store.tables import SHADOW_COMPARISONS
from service.plant.views.bundles import ShadowView
from service.shadow_events import VerdictPair

LOOK_BACK = 10_000  # bookings; a week of one line that books once a minute

_Key = tuple[str, str, str, str]


def compared(tx: Transaction, line: str | None, shadow_bundle_id: str | None) -> tuple[ShadowView, ...]:
    """What was compared lately, by line and pair of recipes; the pair last heard of comes first."""
    table = SHADOW_COMPARISONS
    query = select(table).order_by(table.c.utc.desc(), table.c.order_no.desc()).limit(LOOK_BACK)
    if line is not None:
        query = query.where(table.c.line == line)
    if shadow_bundle_id is not None:
        query = query.where(table.c.shadow_bundle_id == shadow_bundle_id)
    groups: dict[_Key, list[Any]] = {}  # Any: row mappings
    for row in tx.execute(query).mappings():
        key = (row["line"], row["article"], row["active_bundle_id"], row["shadow_bundle_id"])
        groups.setdefault(key, []).append(row)
    return tuple(_view(key, rows) for key, rows in groups.items())


def _view(key: _Key, rows: list[Any]) -> ShadowView:  # Any: row mappings, newest first
    line, article, active_bundle_id, shadow_bundle_id = key
    pairs: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for active, shadow, frames in json.loads(row["verdicts"]):
            pairs[active, shadow] += frames
    frames = pairs.total()
    alike = sum(count for (active, shadow), count in pairs.items() if active == shadow)
    return ShadowView(
        line=line,
        article=article,
        active_bundle_id=active_bundle_id,
        shadow_bundle_id=shadow_bundle_id,
        frames=frames,
        skipped=sum(row["skipped"] for row in rows),
        agreement=alike / frames if frames else None,
        verdicts=tuple(
            VerdictPair(active=active, shadow=shadow, frames=count)
            for (active, shadow), count in sorted(pairs.items())
        ),
        first_utc=rows[-1]["utc"],
        last_utc=rows[0]["utc"],
        demo=any(row["demo"] for row in rows),
    )
