"""A person says that a found defect is right or wrong: first into the label log, then into the store."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from datasets.labels import Label, LabelLog, LabelVerdict
from datasets.types import DatasetError
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.grading.regrade import Grader
from service.plant.store import defects, people
from service.plant.store.database import Database
from service.plant.store.defects import DefectRecord
from service.plant.views.defects import MarkVerdict, MarkView
from service.plant.views.people import AuditView
from vision.taxonomy import DefectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """The first writer of the label log."""

    database: Database
    labels: LabelLog
    grader: Grader
    owner: people.Owner
    now: Callable[[], datetime]
    _one_at_a_time: threading.Lock = field(
        default_factory=threading.Lock
    )  # a label names the one it corrects

    def mark(self, defect_id: str, verdict: MarkVerdict, kind: str | None, user: str) -> MarkView:
        """Keep a mark and regrade the roll.

        Raises:
            PlantError: unknown_defect, out_of_scope, unknown_kind, no_picture, label_log.
        """
        with self._one_at_a_time:
            with self.database.read() as tx:
                found = defects.defect(tx, defect_id)
                before = defects.label_in_force(tx, defect_id)
            if found is None:
                raise PlantError("unknown_defect", f"defect {defect_id} is not known; reload the page")
            check_line(found.tenant.line)
            mark = MarkView(defect_id=defect_id, verdict=verdict, kind=kind, user=user, utc=self.now())
            label = _label(found, mark, before)
            try:
                self.labels.append(label)
            except DatasetError as error:
                raise PlantError("label_log", str(error)) from error
            self._store(found, mark, label)
        return mark

    def _store(self, found: DefectRecord, mark: MarkView, label: Label) -> None:
        detail = {"verdict": mark.verdict.value, "kind": mark.kind or ""}
        entry = AuditView(utc=mark.utc, user=mark.user, action="mark", subject=mark.defect_id, detail=detail)
        with self.database.write() as tx:
            defects.add_mark(tx, found, mark, str(label.label_id))
            people.note(tx, self.owner, entry)
            if found.roll_id is not None:
                self.grader.keep(tx, [found.roll_id], mark.utc, "mark")


def open_labels(path: Path) -> LabelLog:
    """Open the label log for writing.

    Raises:
        PlantError: label_log: another process writes to it, or the disk refuses.
    """
    labels = LabelLog(path)
    try:
        labels.open()
    except DatasetError as error:
        raise PlantError(
            "label_log", f"{error} (does another plant run on this data_dir? Stop one of the two)"
        ) from error
    return labels


def _label(found: DefectRecord, mark: MarkView, before: str | None) -> Label:
    if found.picture_sha256 is None:
        raise PlantError(
            "no_picture", f"defect {found.defect_id} has no picture; what nobody can see, nobody can judge"
        )
    tenant = found.tenant
    return Label(
        label_id=uuid4(),
        utc=mark.utc.astimezone(UTC),
        author=mark.user,
        tenant=f"{tenant.enterprise}/{tenant.site}/{tenant.area}/{tenant.line}",
        picture_sha256=found.picture_sha256,
        defect_id=found.defect_id,
        verdict=LabelVerdict(mark.verdict.value),
        kind=_true_kind(found, mark),
        group=found.roll_id or found.lot_id or "",
        demo=found.demo,
        supersedes=UUID(before) if before else None,
    )


def _true_kind(found: DefectRecord, mark: MarkView) -> DefectKind | None:
    """What it is in truth: as corrected, or as found where the machine was right."""
    kind = mark.kind or (found.kind if mark.verdict is MarkVerdict.RIGHT else None)
    try:
        return DefectKind(kind) if kind else None
    except ValueError as error:
        known = ", ".join(DefectKind)
        raise PlantError("unknown_kind", f"defect kind {kind!r} is not known; known are {known}") from error
