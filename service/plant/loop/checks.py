"""What people or a camera at the reject bin say of single shots: taken once, joined to the findings."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.events import Tenant
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.store import live, loop_evidence, people
from service.plant.store.database import Database, Transaction
from service.plant.views.loop import ChecksTaken, RefusedCheck, ShotCheck, ShotVerdict
from service.plant.views.people import AuditView
from vision.taxonomy import DefectKind

COLUMNS = ("check_id", "command_id", "lot_id", "at_utc", "verdict", "seen_kind")
MOST_ROWS = 10_000
YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One verdict as it is sent: the shot by its id, or by lot and moment."""

    check_id: str
    verdict: ShotVerdict
    command_id: str = ""
    lot_id: str = ""
    at_utc: datetime | None = None
    seen_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Takes verdicts on shots."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]

    def take(self, told: Sequence[Told], *, user: str, origin: str, demo: bool = False) -> ChecksTaken:
        """Keep each verdict once; what names no shot is refused with its reason."""
        taken, unchanged, refused = 0, 0, []
        with self.database.write() as tx:
            for one in told:
                try:
                    new = self._one(tx, one, user, origin, demo=demo)
                except PlantError as error:
                    refused.append(RefusedCheck(check_id=one.check_id, why=str(error)))
                    continue
                taken, unchanged = taken + new, unchanged + (not new)
            if taken:
                people.note(tx, self.owner, _audited(taken, len(refused), user, origin, self.now()))
        return ChecksTaken(taken=taken, unchanged=unchanged, refused=tuple(refused))

    def _one(self, tx: Transaction, told: Told, user: str, origin: str, *, demo: bool) -> bool:
        if told.at_utc is not None and told.at_utc.year not in YEARS:
            raise PlantError("bad_check", f"at_utc {told.at_utc.isoformat()}: correct the year")
        fired = self._shot(tx, told)
        check_line(fired.line)
        if told.seen_kind and told.seen_kind not in {kind.value for kind in DefectKind}:
            raise PlantError(
                "bad_check", f"seen_kind {told.seen_kind!r} is not in the taxonomy; leave it empty"
            )
        held = loop_evidence.check(tx, told.check_id)
        if held is not None:
            same = (held.command_id, held.verdict, held.seen_kind)
            if same == (fired.command_id, told.verdict, told.seen_kind):
                return False
            raise PlantError("bad_check", f"check {told.check_id} already says {held.verdict.value} of "
                             f"shot {held.command_id}; send a new check_id")  # fmt: skip
        kind, score = loop_evidence.finding_of(tx, fired)
        now = self.now()
        check = ShotCheck(
            check_id=told.check_id, line=fired.line, command_id=fired.command_id, lot_id=fired.lot_id,
            kind=kind, score=score, verdict=told.verdict, seen_kind=told.seen_kind, checked_by=user,
            checked_utc=told.at_utc or now, taken_utc=now, origin=origin,
        )  # fmt: skip
        tenant = Tenant(
            enterprise=self.owner.enterprise, site=self.owner.site,
            area=live.tenant_area(tx, fired.line), line=fired.line,
        )  # fmt: skip
        article = loop_evidence.lots(tx, [fired.lot_id or ""]).get(fired.lot_id or "", ("", "", ""))[1]
        loop_evidence.add_check(tx, tenant, check, article=article, demo=demo or fired.demo)
        return True

    def _shot(self, tx: Transaction, told: Told) -> Any:  # Any: row of a shot
        if told.command_id:
            fired = loop_evidence.shot(tx, told.command_id)
            if fired is None:
                raise PlantError(
                    "bad_check", f"shot {told.command_id} is not known; copy its id from the list"
                )
            return fired
        if not told.lot_id or told.at_utc is None:
            raise PlantError("bad_check", "name the shot: command_id, or lot_id and at_utc")
        fired = loop_evidence.shot_at(tx, told.lot_id, told.at_utc)
        if fired is None:
            raise PlantError("bad_check", f"no shot of lot {told.lot_id} before {told.at_utc.isoformat()}")
        return fired


def _audited(taken: int, refused: int, user: str, origin: str, now: datetime) -> AuditView:
    detail = {"taken": str(taken), "refused": str(refused)}
    return AuditView(utc=now, user=user, action="check_shots", subject=origin, detail=detail)


def read_checks(text: str) -> tuple[Told, ...]:
    """Read a CSV with the columns check_id, verdict and either command_id or lot_id and at_utc; seen_kind.

    Raises:
        PlantError: bad_csv: a column is missing, a row can't be read, or there are too many.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    except csv.Error as error:
        raise PlantError("bad_csv", f"no CSV: {error}; look for a quote that is not closed") from error
    if not rows or len(rows) > MOST_ROWS:
        raise PlantError("bad_csv", f"the file has {len(rows)} rows under its heading; send 1 to {MOST_ROWS}")
    unknown = set(rows[0]) - set(COLUMNS)
    if unknown or not {"check_id", "verdict"} <= set(rows[0]):
        raise PlantError("bad_csv", f"columns are {', '.join(map(str, rows[0]))}; take {', '.join(COLUMNS)}")
    return tuple(_told(number, row) for number, row in enumerate(rows, start=2))


def _told(number: int, row: Mapping[str, str | None]) -> Told:
    texts = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not texts["check_id"]:
        raise PlantError("bad_csv", f"row {number}: check_id is empty; give each row its own")
    try:
        verdict = ShotVerdict(texts["verdict"].lower())
        moment = datetime.fromisoformat(texts["at_utc"]) if texts["at_utc"] else None
    except ValueError as error:
        known = ", ".join(verdict.value for verdict in ShotVerdict)
        raise PlantError(
            "bad_csv", f"row {number}: {error}; verdicts are {known}, moments ISO 8601"
        ) from error
    if moment is not None and moment.tzinfo is None:
        raise PlantError(
            "bad_csv", f"row {number}: at_utc {texts['at_utc']} needs a time zone, e.g. ...T06:00Z"
        )
    return Told(
        check_id=texts["check_id"], verdict=verdict, command_id=texts["command_id"], lot_id=texts["lot_id"],
        at_utc=moment, seen_kind=texts["seen_kind"],
    )  # fmt: skip
