"""Commands to lines: checked, queued with an expiry, written into the audit log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from service.events import Tenant
from service.line_commands import LineCommand, LineCommandKind
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.store import commands, people
from service.plant.store.database import Database
from service.plant.views.people import AuditView

LONGEST_LIFE_S = 86_400.0
LONGEST_ARGUMENT = 80  # characters, as a name in the settings
NEEDED = {
    LineCommandKind.CHANGE_ARTICLE: frozenset({"article"}),
    LineCommandKind.ACTIVATE_BUNDLE: frozenset({"bundle_id"}),
    LineCommandKind.GATHER_GOOD: frozenset({"frames"}),
    LineCommandKind.KEEP_STRIP: frozenset({"frame", "web_mm"}),
    LineCommandKind.SET_THRESHOLD: frozenset({"article", "kind", "score", "was", "low", "high", "why"}),
    LineCommandKind.TEST_VALVE: frozenset({"lane"}),
}
ALLOWED = {
    LineCommandKind.END_ROLL: frozenset({"name"}),  # of the next roll or lot
    LineCommandKind.BIN_READ: frozenset({"grams", "lane"}),  # without a lane: of the whole bin
    LineCommandKind.KEEP_FILM: frozenset({"seconds"}),  # without it all that the ring holds
    LineCommandKind.TEST_VALVE: frozenset({"ms"}),
    LineCommandKind.SHADOW_BUNDLE: frozenset({"bundle_id"}),  # without it the shadow ends
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Queues commands; lines fetch them."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]

    def queue(
        self,
        tenant: Tenant,
        kind: LineCommandKind,
        arguments: Mapping[str, str],
        user: str,
        life_s: float,
    ) -> LineCommand:
        """Queue one command.

        Raises:
            PlantError: out_of_scope; bad_command: an argument is missing, unknown or no name, or the life
                is out of range.
        """
        check_line(tenant.line)
        _check(kind, arguments, life_s)
        issued = self.now()
        command = LineCommand(
            id=str(uuid4()),
            line=tenant.line,
            command=kind,
            arguments=dict(arguments),
            issued_by=user,
            issued_utc=issued,
            expires_utc=issued + timedelta(seconds=life_s),
        )
        detail = dict(arguments) | {"command_id": command.id}
        entry = AuditView(utc=issued, user=user, action=kind.value, subject=tenant.line, detail=detail)
        with self.database.write() as tx:
            commands.add(tx, tenant, command)
            people.note(tx, self.owner, entry)
        return command


def _check(kind: LineCommandKind, arguments: Mapping[str, str], life_s: float) -> None:
    needed = NEEDED.get(kind, frozenset())
    allowed = needed | ALLOWED.get(kind, frozenset())
    given = frozenset(arguments)
    if needed - given:
        raise _bad(kind, f"needs {', '.join(sorted(needed - given))}; give it")
    if given - allowed:
        raise _bad(kind, f"takes no {', '.join(sorted(given - allowed))}; leave it out")
    for name, value in arguments.items():
        if not value.strip() or len(value) > LONGEST_ARGUMENT or not value.isprintable():
            raise _bad(kind, f"{name} {value!r} must be 1 to {LONGEST_ARGUMENT} printable characters")
    if not 0 < life_s <= LONGEST_LIFE_S:
        raise _bad(kind, f"its life is {life_s:g} s; it must be above 0 and at most {LONGEST_LIFE_S:g} s")


def _bad(kind: LineCommandKind, what: str) -> PlantError:
    return PlantError("bad_command", f"command {kind.value}: {what}")
