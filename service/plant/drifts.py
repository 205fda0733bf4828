"""Drift: do the scores, the classes, the light and the focus still look as they did when the CNN was new?"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.events import Tenant
from service.plant.acting import check_line
from service.plant.appraisal import drift
from service.plant.appraisal.drift import REFERENCE_SAMPLES, WINDOW_SAMPLES, DriftStatus
from service.plant.errors import PlantError
from service.plant.excursions import Excursions, Gauge, Reading
from service.plant.spc.reaction import ReactionPlan
from service.plant.store import drift_rows, live, people, quality_alarms
from service.plant.store.database import Database, Transaction
from service.plant.store.drift_rows import DriftSample, StoredReference
from service.plant.views.audits import DriftMeasure, DriftView
from service.plant.views.people import AuditView
from vision.looks import looks_of
from vision.types import VisionError

log = logging.getLogger(__name__)
RULE = "psi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifts:
    """Freezes references, compares, cries out."""

    database: Database
    owner: people.Owner
    plan: ReactionPlan
    lines: Sequence[str]
    now: Callable[[], datetime]

    def measure(self, sha256: str, data: bytes) -> None:
        """Note how a picture looks; one that can't be decoded has no looks and is told in the log."""
        try:
            looks = looks_of(data)
        except VisionError as error:
            log.warning("picture %s: brightness and sharpness are not known: %s", sha256, error)
            return
        with self.database.write() as tx:
            drift_rows.add_looks(tx, sha256, looks, self.now())

    def advance(self) -> None:
        """Freeze references that are full, judge what is new."""
        for line in self.lines:
            with self.database.read() as tx:
                row = live.line_row(tx, line)
                if row is None or row["bundle_id"] is None:
                    continue
                bundle_id = row["bundle_id"]
                due = [measure for measure in DriftMeasure if self._is_due(tx, line, bundle_id, measure)]
            if due:
                with self.database.write() as tx:
                    for measure in due:
                        self._judge(tx, line, row["article"] or "", bundle_id, measure)

    def views(self, line: str | None = None) -> tuple[DriftView, ...]:
        """Every measure of every line that ever ran."""
        asked = self.lines if line is None else [line]
        with self.database.read() as tx:
            rows = [(each, live.line_row(tx, each)) for each in asked]
            return tuple(
                self._view(tx, each, row["bundle_id"], measure)[0]
                for each, row in rows
                if row is not None and row["bundle_id"] is not None
                for measure in DriftMeasure
            )

    def freeze(self, line: str, measure: DriftMeasure, why: str, user: str) -> DriftView:
        """Take the newest samples as the new reference: an explicit act, e.g. after a new lamp.

        PlantError: why_missing, too_few_samples.
        """
        check_line(line)
        if not why.strip():
            raise PlantError("why_missing", "a reference needs a reason, e.g. 'new lamp'; give one")
        with self.database.write() as tx:
            row = live.line_row(tx, line) or {}
            bundle_id = row.get("bundle_id") or ""
            start = drift_rows.since(tx, line, bundle_id)
            newest = drift_rows.samples(tx, line, measure, start, REFERENCE_SAMPLES, newest=True)
            if len(newest) < REFERENCE_SAMPLES:
                raise PlantError(
                    "too_few_samples",
                    f"{len(newest)} samples of {measure.value}; a reference needs {REFERENCE_SAMPLES}",
                )
            before = drift_rows.newest_reference(tx, line, bundle_id, measure)
            version = before.version + 1 if before else 1
            self._freeze(tx, line, row.get("article") or "", bundle_id, measure, newest, version, user, why)
            detail = {"measure": measure.value, "version": str(version), "why": why}
            entry = AuditView(utc=self.now(), user=user, action="freeze_drift", subject=line, detail=detail)
            people.note(tx, self.owner, entry)
            return self._view(tx, line, bundle_id, measure)[0]

    def _is_due(self, tx: Transaction, line: str, bundle_id: str, measure: DriftMeasure) -> bool:
        """Whether there is a reference to freeze, or an alarm to raise, go on with or end."""
        view, _ = self._view(tx, line, bundle_id, measure)
        if view.reference_version is None:
            return view.samples >= REFERENCE_SAMPLES
        if view.psi is None:
            return False
        return view.status is DriftStatus.ACT or quality_alarms.is_running(tx, line, measure.value)

    def _judge(self, tx: Transaction, line: str, article: str, bundle_id: str, measure: DriftMeasure) -> None:
        view, demo = self._view(tx, line, bundle_id, measure)
        if view.reference_version is None:
            start = drift_rows.since(tx, line, bundle_id)
            oldest = drift_rows.samples(tx, line, measure, start, REFERENCE_SAMPLES, newest=False)
            if len(oldest) == REFERENCE_SAMPLES:
                why = f"the first {REFERENCE_SAMPLES} samples under this CNN"
                self._freeze(tx, line, article, bundle_id, measure, oldest, 1, "plant", why)
            return
        if view.psi is None or view.newest_utc is None:
            return
        act = view.status is DriftStatus.ACT
        gauge = Gauge(
            tenant=self._tenant(tx, line), article=article, bundle_id=bundle_id, measure=measure.value
        )
        reading = Reading(
            point=None,
            utc=view.newest_utc,
            limits_version=view.reference_version,
            signals={RULE: (view.psi, drift.ACT)} if act else {},
            demo=demo,
        )
        Excursions(plan=self.plan, now=self.now()).note(tx, gauge, reading)

    def _view(
        self, tx: Transaction, line: str, bundle_id: str, measure: DriftMeasure
    ) -> tuple[DriftView, bool]:
        start = drift_rows.since(tx, line, bundle_id)
        stored = drift_rows.newest_reference(tx, line, bundle_id, measure)
        held = drift_rows.count(tx, line, measure, start)
        window: list[DriftSample] = []
        if stored is not None and held >= REFERENCE_SAMPLES + WINDOW_SAMPLES:
            window = drift_rows.samples(tx, line, measure, start, WINDOW_SAMPLES, newest=True)
        value = _psi(stored, measure, window) if stored and window else None
        wanted = REFERENCE_SAMPLES if stored is None else REFERENCE_SAMPLES + WINDOW_SAMPLES
        view = DriftView(
            line=line,
            bundle_id=bundle_id,
            measure=measure,
            psi=value,
            status=None if value is None else drift.status_of(value),
            reference_version=stored.version if stored else None,
            samples=min(held, wanted),
            wanted=wanted,
            newest_utc=window[-1].utc if window else None,
        )
        return view, any(sample.demo for sample in window)

    def _freeze(
        self,
        tx: Transaction,
        line: str,
        article: str,
        bundle_id: str,
        measure: DriftMeasure,
        samples: Sequence[DriftSample],
        version: int,
        user: str,
        why: str,
    ) -> None:
        numbers, names = drift_rows.values_of(samples)
        made = (
            drift.class_reference(names)
            if measure is DriftMeasure.CLASSES
            else drift.numeric_reference(numbers)
        )
        stored = StoredReference(version=version, reference=made)
        by = (user, self.now(), why)
        drift_rows.add_reference(tx, self._tenant(tx, line), article, bundle_id, measure, stored, by)

    def _tenant(self, tx: Transaction, line: str) -> Tenant:
        area = live.tenant_area(tx, line)
        return self.owner.tenant(area, line)


def _psi(stored: StoredReference, measure: DriftMeasure, window: Sequence[DriftSample]) -> float:
    numbers, names = drift_rows.values_of(window)
    return drift.psi(stored.reference, names if measure is DriftMeasure.CLASSES else numbers)
