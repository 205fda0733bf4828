"""The plant as the web sees it: one facade over ingest, store, grading, KPIs, commands and accounts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from service.events import Event, LineCommand, LineCommandKind
from service.plant.errors import PlantError
from service.plant.views import (
    AlarmView,
    AuditView,
    BundleView,
    CommandView,
    DefectView,
    IngestResult,
    Kpi,
    KpiDefinition,
    LineView,
    LotDetail,
    LotView,
    MarkVerdict,
    MarkView,
    Page,
    Role,
    RollRow,
    RollView,
    User,
    Window,
    WindowName,
)
from service.settings import PlantSettings

COMMAND_LIFE_S = 300.0  # a command that a line did not fetch within five minutes is not wanted any more


def _growing() -> PlantError:
    return PlantError("not_ready", "this part of the plant is being built")


class Plant:
    """Everything the web may ask of the plant. Thread-safe: one writer, many readers.

    Each method that fails raises PlantError; its `problem` is one of: unknown_line, unknown_roll,
    unknown_lot, unknown_defect, unknown_picture, unknown_bundle, unknown_user, user_exists, weak_password,
    wrong_password, last_admin, too_many_attempts, bad_picture, wrong_place, unknown_schema, bad_window,
    bad_page, bad_command, log_conflict (LogConflictError).
    """

    @classmethod
    def open(cls, settings: PlantSettings, now: Callable[[], datetime]) -> "Plant":
        """Open the store (made or migrated where needed), read or make the lines' token files."""
        raise _growing()

    def close(self) -> None:
        """Close the store; the facade can't be used any more."""
        raise _growing()

    @property
    def settings(self) -> PlantSettings:
        """The settings it was opened with."""
        raise _growing()

    @property
    def revision(self) -> int:
        """Grows with each change: a page that saw this number has nothing new to ask for."""
        raise _growing()

    # --- from the lines -------------------------------------------------------------------------------

    def ingest(self, line: str, events: Sequence[Event]) -> IngestResult:
        """Take a batch of a line's events: each is kept once, in any order, all or none.

        Raises:
            LogConflictError: another log delivers, or delivered a moment ago, under this line id.
            PlantError: unknown_line, wrong_place, unknown_schema.
        """
        raise _growing()

    def put_picture(self, line: str, sha256: str, data: bytes, media_type: str) -> None:
        """Keep a picture under its content hash; a second time changes nothing. PlantError: bad_picture."""
        raise _growing()

    def missing_pictures(self, line: str, limit: int = 100) -> tuple[str, ...]:
        """Hashes that the line kept and did not drop, and that the plant does not hold; newest first."""
        raise _growing()

    def commands_for(self, line: str) -> tuple[LineCommand, ...]:
        """Commands that wait for this line: neither answered nor expired, oldest first."""
        raise _growing()

    def check_token(self, token: str) -> str | None:
        """The line this machine token belongs to; None: to no line. Takes the same time for every token."""
        raise _growing()

    # --- what runs ------------------------------------------------------------------------------------

    def lines(self) -> tuple[LineView, ...]:
        """The live state of each line of the settings, by name."""
        raise _growing()

    def newest_crops(self, line: str | None, limit: int) -> tuple[DefectView, ...]:
        """The newest defects whose picture the plant holds; `y_mm` is within the roll or lot."""
        raise _growing()

    def alarms(self, line: str | None = None, limit: int = 200) -> tuple[AlarmView, ...]:
        """Active alarms first, then cleared ones, each newest first."""
        raise _growing()

    def picture(self, sha256: str) -> tuple[bytes, str]:
        """A picture and its media type. PlantError: unknown_picture."""
        raise _growing()

    # --- rolls and lots -------------------------------------------------------------------------------

    def rolls(
        self,
        page: int = 1,
        page_size: int = 50,
        *,
        line: str | None = None,
        article: str | None = None,
        grade: str | None = None,
    ) -> Page[RollRow]:
        """Rolls, newest first. Filters: line, article, grade ("A", "B", "second")."""
        raise _growing()

    def roll(self, roll_id: str) -> RollView:
        """One roll with defects, uninspected stretches, points and grade. PlantError: unknown_roll."""
        raise _growing()

    def lots(self, page: int = 1, page_size: int = 50, *, line: str | None = None) -> Page[LotView]:
        """Lots of fibre, newest first."""
        raise _growing()

    def lot(self, lot_id: str) -> LotDetail:
        """One lot. PlantError: unknown_lot."""
        raise _growing()

    def mark(self, defect_id: str, verdict: MarkVerdict, kind: str | None, user: str) -> MarkView:
        """A person says a defect is right or wrong: into the label log, then the store; the roll is regraded.

        PlantError: unknown_defect.
        """
        raise _growing()

    # --- figures --------------------------------------------------------------------------------------

    def window(self, name: WindowName) -> Window:
        """A named window as of now."""
        raise _growing()

    def kpis(self, window: Window, line: str | None = None) -> tuple[Kpi, ...]:
        """Every KPI of the catalogue for a window; one without data has value None and says what is missing.

        PlantError: bad_window, unknown_line.
        """
        raise _growing()

    def kpi_catalogue(self) -> tuple[KpiDefinition, ...]:
        """What each KPI is."""
        raise _growing()

    # --- commands and bundles -------------------------------------------------------------------------

    def command(
        self,
        line: str,
        kind: LineCommandKind,
        arguments: Mapping[str, str],
        user: str,
        *,
        life_s: float = COMMAND_LIFE_S,
    ) -> LineCommand:
        """Queue a command for a line. PlantError: unknown_line, bad_command."""
        raise _growing()

    def commands(self, line: str | None = None, limit: int = 100) -> tuple[CommandView, ...]:
        """Commands with their answers, newest first."""
        raise _growing()

    def bundles(self, article: str | None = None) -> tuple[BundleView, ...]:
        """Bundles of the registry, newest first."""
        raise _growing()

    def activate_bundle(self, line: str, bundle_id: str, user: str) -> LineCommand:
        """Ask a line to run a bundle. PlantError: unknown_line, unknown_bundle."""
        raise _growing()

    def roll_back_bundle(self, line: str, user: str) -> LineCommand:
        """Ask a line to run the bundle that its article had before. PlantError: unknown_bundle."""
        raise _growing()

    # --- people ---------------------------------------------------------------------------------------

    def first_admin_password(self) -> str | None:
        """Make user `admin` if there is no user yet and return its password, once; None ever after."""
        raise _growing()

    def verify(self, login: str, password: str) -> User | None:
        """The user, if login and password fit. PlantError too_many_attempts after five wrong passwords."""
        raise _growing()

    def user(self, login: str) -> User | None:
        """A user by login, e.g. to check that a session's user still exists and which role it has now."""
        raise _growing()

    def users(self) -> tuple[User, ...]:
        """All users, by login."""
        raise _growing()

    def create_user(self, login: str, password: str, role: Role, by: str) -> User:
        """Make a user who must change the password at first login. PlantError: user_exists, weak_password."""
        raise _growing()

    def set_role(self, login: str, role: Role, by: str) -> User:
        """Give a user another role; the last admin keeps theirs. PlantError: unknown_user, last_admin."""
        raise _growing()

    def remove_user(self, login: str, by: str) -> None:
        """Remove a user; the last admin stays. PlantError: unknown_user, last_admin."""
        raise _growing()

    def change_password(self, login: str, old: str, new: str) -> None:
        """Change one's own password. PlantError: wrong_password, weak_password."""
        raise _growing()

    def audit(self, page: int = 1, page_size: int = 100) -> Page[AuditView]:
        """Who changed what, newest first."""
        raise _growing()

    # --- upkeep ---------------------------------------------------------------------------------------

    def rebuild(self) -> int:
        """Throw the projections away and make them again from the events; returns the number of events."""
        raise _growing()
