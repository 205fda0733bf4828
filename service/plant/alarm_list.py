"""One list of all alarms, whoever raised them: what to do, who took them up and how soon."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from service.plant.acting import check_line
from service.plant.charts import COUNTED, Charts
from service.plant.errors import PlantError
from service.plant.spc.reaction import Reaction
from service.plant.store import alarm_acks, alarms, people, plant_alarms
from service.plant.store.alarm_acks import Ack
from service.plant.store.database import Database
from service.plant.views.alarm_list import AlarmState, ListedAlarm
from service.plant.views.lines import AlarmView
from service.plant.views.people import AuditView
from service.plant.views.quality_alarms import QualityAlarm

STEPS = Path(__file__).with_name("alarm_steps.toml")
OTHER = "other"
CHART = "chart"
ORDER = list(AlarmState)
MOST_OPEN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDesk:
    """Reads the list, takes alarms up."""

    database: Database
    owner: people.Owner
    charts: Charts
    now: Callable[[], datetime]

    def listing(self, line: str | None = None, limit: int = 100) -> tuple[ListedAlarm, ...]:
        """Raised ones first, then those that somebody is on, then what is over; each newest first."""
        with self.database.read() as tx:
            told = [*alarms.recent(tx, line), *plant_alarms.newest(tx, line, limit)]
            told = sorted(told, key=lambda one: (not one.active, -one.raised_utc.timestamp()))[:limit]
            taken = alarm_acks.of_keys(tx, [key_of(one) for one in told])
        listed = [_of_line(one, taken.get(key_of(one))) for one in told]
        listed += [_of_chart(one) for one in self._chart_alarms(line, limit)]
        listed.sort(key=lambda one: (ORDER.index(one.state), -one.raised_utc.timestamp()))
        return tuple(listed[:limit])

    def acknowledge(self, key: str, note: str, user: str) -> None:
        """Take an alarm up, with what was found or done. PlantError: unknown_alarm, out_of_scope."""
        chart, _, number = key.partition("/")
        if chart == CHART and number.isdecimal():
            self.charts.acknowledge(int(number), note, "", user)
            return
        now = self.now()
        with self.database.write() as tx:
            known = [*alarms.recent(tx, None), *plant_alarms.newest(tx, None, MOST_OPEN)]
            if key not in {key_of(one) for one in known}:
                raise PlantError(
                    "unknown_alarm", f"alarm {key} is not known; open it from the list of alarms"
                )
            check_line(next(one.line for one in known if key_of(one) == key) or None)
            alarm_acks.put(tx, self.owner, key, Ack(utc=now, by=user, note=note))
            entry = AuditView(
                utc=now, user=user, action="acknowledge", subject=key, detail={"cause": note, "action": ""}
            )
            people.note(tx, self.owner, entry)

    def _chart_alarms(self, line: str | None, limit: int) -> Sequence[QualityAlarm]:
        open_ = self.charts.alarms(line, only_open=True, page_size=limit).items
        newest = self.charts.alarms(line, page_size=limit).items
        return list({one.id: one for one in (*open_, *newest)}.values())


def key_of(alarm: AlarmView) -> str:
    """What an alarm of a line or of the plant is called: the same again after a rebuild."""
    return f"{alarm.line}/{alarm.code}/{alarm.raised_utc.isoformat()}"


@cache
def reactions() -> dict[str, Reaction]:
    """What to do, by an alarm's code."""
    return TypeAdapter(dict[str, Reaction]).validate_python(tomllib.loads(STEPS.read_text(encoding="utf-8")))


def _of_line(alarm: AlarmView, ack: Ack | None) -> ListedAlarm:
    reaction = reactions().get(alarm.code, reactions()[OTHER])
    return ListedAlarm(
        key=key_of(alarm),
        line=alarm.line,
        code=alarm.code,
        detail=alarm.detail,
        said=alarm.said,
        measure="",
        article="",
        value=None,
        bound=None,
        first_point=None,
        steps=reaction.steps,
        respond_within_min=reaction.respond_within_min,
        raised_utc=alarm.raised_utc,
        over_utc=alarm.cleared_utc,
        acknowledged_utc=ack.utc if ack else None,
        acknowledged_by=ack.by if ack else "",
        note=ack.note if ack else "",
        demo=alarm.demo,
    )


def _of_chart(alarm: QualityAlarm) -> ListedAlarm:
    return ListedAlarm(
        key=f"{CHART}/{alarm.id}",
        line=alarm.line,
        code=f"quality_{alarm.rule}",
        detail="",
        said=(),
        measure=alarm.measure,
        article=alarm.article,
        value=alarm.value,
        bound=alarm.bound,
        first_point=alarm.first_point if alarm.measure in COUNTED else None,
        steps=alarm.steps,
        respond_within_min=alarm.respond_within_min,
        raised_utc=alarm.raised_utc,
        over_utc=alarm.ended_utc,
        acknowledged_utc=alarm.acknowledged_utc,
        acknowledged_by=alarm.acknowledged_by or "",
        note=" ".join(part for part in (alarm.cause, alarm.action) if part),
        demo=alarm.demo,
    )
