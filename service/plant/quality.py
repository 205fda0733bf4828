"""Figures, charts, audits and advice of the plant, put together in one place."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.plant.alarm_list import AlarmDesk
from service.plant.audits import Audits
from service.plant.charts import Charts
from service.plant.drifts import Drifts
from service.plant.errors import PlantError
from service.plant.figures import Figures
from service.plant.kpi.economics import load_economics
from service.plant.memo import Memo
from service.plant.outlooks import Outlooks
from service.plant.shifts import Calendar
from service.plant.spc.reaction import EXAMPLE, load_plan
from service.plant.store.database import Database
from service.plant.store.ledger_facts import LedgerFacts
from service.plant.store.people import Owner
from service.plant.studies import Studies
from service.settings import PlantSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What stands on top of counting."""

    figures: Figures
    charts: Charts
    alarms: AlarmDesk
    audits: Audits
    studies: Studies
    drifts: Drifts
    outlooks: Outlooks
    lines: Sequence[str]
    trouble: threading.Event = field(
        default_factory=threading.Event
    )  # the last round failed; the log says why

    @classmethod
    def of(
        cls,
        settings: PlantSettings,
        database: Database,
        owner: Owner,
        calendar: Calendar,
        memo: Memo,
    ) -> "Quality":
        """Put it together from the plant's settings.

        Raises:
            PlantError: bad_economics, bad_reaction_plan: a file of the plant can't be used.
        """
        now = memo.now
        economics = load_economics(settings.economics) if settings.economics else None
        lines = sorted(access.line for access in settings.lines)
        ledger = LedgerFacts(settings=settings.ledger, calendar=calendar)
        plan = load_plan(settings.reaction_plan or EXAMPLE)
        charts = Charts(database=database, owner=owner, plan=plan, lines=lines, now=now)
        return cls(
            figures=Figures(
                database=database,
                owner=owner,
                now=now,
                demo=settings.demo,
                economics=economics,
                memo=memo,
                ledger=ledger,
            ),
            charts=charts,
            alarms=AlarmDesk(database=database, owner=owner, charts=charts, now=now),
            audits=Audits(database=database, owner=owner, now=now),
            studies=Studies(database=database, owner=owner, now=now, demo=settings.demo),
            drifts=Drifts(database=database, owner=owner, plan=plan, lines=lines, now=now),
            outlooks=Outlooks(
                database=database, owner=owner, calendar=calendar, now=now, economics=economics, ledger=ledger
            ),
            lines=lines,
        )

    def known(self, line: str | None) -> str | None:
        """The line, if it is one of the plant's. PlantError: unknown_line."""
        if line is not None and line not in self.lines:
            raise PlantError("unknown_line", f"line {line} is not in this plant's settings; add it there")
        return line

    def round(self) -> None:
        """The work that is due now and then: charts, drift and advice go on."""
        self.charts.advance()
        self.drifts.advance()
        self.outlooks.advance()
