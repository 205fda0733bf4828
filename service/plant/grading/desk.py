"""Puts grading profiles into force and grades again what ended under them; earlier grades stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.grading.shelf import Shelf, Shelved
from service.plant.ledger.book import Draft, Ledger
from service.plant.ledger.entries import Entry, ProfileActivated
from service.plant.ledger.terms import Origin
from service.plant.store import facts, materials

AT_ONCE = 50  # rolls of one transaction: lines deliver in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Regraded:
    """What a change of profile did."""

    entry: Entry
    rolls: int  # looked at
    changed: int  # got another grade, or the same one by another profile


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingDesk:
    """What people may do about profiles."""

    ledger: Ledger
    shelf: Shelf

    def profiles(self) -> Sequence[Shelved]:
        """Every profile of the plant. PlantError: bad_profile."""
        return self.shelf.listing()

    def in_force(self, moment: datetime) -> tuple[str, int]:
        """Id and version of the profile in force at a moment."""
        with self.ledger.database.read() as tx:
            found = facts.decided(tx, ()).activation_at(moment)
        default = self.ledger.grader.profile
        return (found[0], found[1]) if found else (default.id, default.version)

    def activate(self, profile_id: str, version: int, *, from_utc: datetime, user: str, why: str) -> Regraded:
        """Put a profile into force from a moment on; rolls that ended since are graded again.

        Raises:
            PlantError: unknown_profile; bad_profile: the file was changed under the same version;
                bad_entry: no reason; bad_time: the moment lies ahead.
        """
        check_line(None)
        if not why.strip():
            raise PlantError("bad_entry", f"to change to profile {profile_id} needs a reason; say why")
        now = self.ledger.now()
        if from_utc.tzinfo is None or from_utc > now:
            raise PlantError("bad_time", f"{from_utc}: give a moment that has come, with a time zone")
        shelved = self.shelf.get(profile_id, version)
        body = ProfileActivated(
            profile_id=profile_id, version=version, sha256=shelved.sha256, from_utc=from_utc
        )
        draft = Draft(body=body, at_utc=now, entered_by=user, origin=Origin.TYPED, why=why)
        with self.ledger.database.write() as tx:
            known = facts.known_hash(tx, profile_id, version)
            if known is not None and known != shelved.sha256:
                raise PlantError(
                    "bad_profile",
                    f"{shelved.file} was changed since {profile_id} version {version} came into force; "
                    f"put it back, and give the change a new version",
                )
            (entry,) = self.ledger.enter_in(tx, [draft])
            rolls = materials.ended_rolls(tx, from_utc)
        return Regraded(entry=entry, rolls=len(rolls), changed=self._again(rolls, now))

    def _again(self, rolls: Sequence[str], now: datetime) -> int:
        changed = 0
        for start in range(0, len(rolls), AT_ONCE):
            with self.ledger.database.write() as tx:
                part = rolls[start : start + AT_ONCE]
                changed += self.ledger.grader.keep(tx, part, now, "profile_changed")
        return changed
