"""A person says that a found defect is right or wrong: first into the label log, then into the store."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from datasets.labels import Label, LabelLog, LabelVerdict, PixelBox
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

    def mark(
        self,
        defect_id: str,
        verdict: MarkVerdict,
        kind: str | None,
        user: str,
        box: PixelBox | None = None,
    ) -> tuple[MarkView, UUID]:
        """Keep a mark and regrade the roll; gives the mark and its label's id.

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
            label = replace(_label(found, mark, before), box=box)
            self._append(label)
            self._store(found, mark, label)
        return mark, label.label_id

    def take_back(self, defect_id: str, label_id: UUID, user: str) -> None:
        """Take a mark back: the one before it, if there is one, holds again; the roll is regraded.

        Raises:
            PlantError: unknown_defect, label_log; marked_again: another mark came after this one.
        """
        with self._one_at_a_time:
            with self.database.read() as tx:
                found = defects.defect(tx, defect_id)
                newest = defects.newest_labels(tx, defect_id)
            if found is None or not newest or newest[0] != str(label_id):
                raise PlantError(
                    "marked_again",
                    f"defect {defect_id} was marked again since; open its roll and mark it there",
                )
            before = UUID(newest[1]) if len(newest) > 1 else None
            restated = self._retract(label_id, before, user)
            with self.database.write() as tx:
                defects.drop_newest_mark(tx, defect_id, restated=str(restated) if before else None)
                entry = AuditView(
                    utc=self.now(),
                    user=user,
                    action="take_back",
                    subject=defect_id,
                    detail={"label": str(label_id)},
                )
                people.note(tx, self.owner, entry)
                if found.roll_id is not None:
                    self.grader.keep(tx, [found.roll_id], self.now(), "mark")

    def label_picture(self, label: Label) -> None:
        """Keep what a person says of a whole picture. PlantError: label_log."""
        with self._one_at_a_time:
            self._append(label)

    def withdraw_picture(self, label_id: UUID, user: str, before: UUID | None = None) -> UUID:
        """Take a word on a whole picture back: what `before` says holds again, by the label that is returned.

        PlantError: label_log.
        """
        with self._one_at_a_time:
            return self._retract(label_id, before, user)

    def _retract(self, label_id: UUID, before: UUID | None, user: str) -> UUID:
        """Write that a label does not hold: by the one before it said anew, or by one that says nothing."""
        try:
            wrong = self.labels.find(label_id)
            earlier = self.labels.find(before) if before else None
        except DatasetError as error:
            raise PlantError("label_log", str(error)) from error
        if wrong is None:
            raise PlantError(
                "label_log", f"label {label_id} is not in the label log; restore it from a backup"
            )
        said = earlier or replace(wrong, author=user, withdrawn=True, box=None)
        label = replace(said, label_id=uuid4(), utc=self.now().astimezone(UTC), supersedes=label_id)
        self._append(label)
        return label.label_id

    def _append(self, label: Label) -> None:
        try:
            self.labels.append(label)
        except DatasetError as error:
            raise PlantError("label_log", str(error)) from error

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
