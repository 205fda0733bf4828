"""The plant as the web sees it: one facade over ingest, store, grading, KPIs, commands and accounts."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any

from datasets.labels import LabelLog
from datasets.store import PictureStore
from service.events import Event, Tenant
from service.line_commands import LineCommand, LineCommandKind
from service.plant.access_tokens import AccessTokens
from service.plant.accounts import Accounts
from service.plant.audit_log import AuditLog
from service.plant.bundles import Bundles
from service.plant.commands import Dispatcher
from service.plant.defects import alone
from service.plant.errors import PlantError
from service.plant.eyesight import Eyesight
from service.plant.folders import make_folder
from service.plant.glimpses import Glimpses
from service.plant.grading.regrade import Grader
from service.plant.ingest import Intake
from service.plant.kpi.catalogue import CATALOGUE
from service.plant.ledger.book import Ledger
from service.plant.ledger.opening import fill_sums, grader_of, ledger_on, open_database
from service.plant.lessons import Lessons
from service.plant.lines import LiveLine
from service.plant.lint_desk import LintDesk
from service.plant.listing import Listing
from service.plant.loop.desk import Loop
from service.plant.lots import lot_detail, lot_view
from service.plant.marks import Marker, open_labels
from service.plant.memo import Memo
from service.plant.mill import Mill
from service.plant.outbox.couriers import Couriers, enrol
from service.plant.outbox.herald import Herald
from service.plant.pages import offset_of
from service.plant.pictures import Pictures
from service.plant.planning.desk import Planning
from service.plant.quality import Quality
from service.plant.readings import Readings
from service.plant.review.desk import ReviewDesk
from service.plant.rolls import Rolls
from service.plant.shifts import Calendar
from service.plant.store import (
    alarms,
    commands,
    defects,
    live,
    materials,
    picture_rows,
    plant_alarms,
    shadows,
)
from service.plant.store.database import Database
from service.plant.store.people import Owner
from service.plant.strip_labels import StripLabels
from service.plant.strips import Strips
from service.plant.suppliers import Suppliers
from service.plant.tokens import Tokens, load_tokens
from service.plant.twin_desk import TwinDesk
from service.plant.upkeep import Upkeep
from service.plant.views.bundles import ArticleRecipes, BundleView, ShadowView
from service.plant.views.commands import CommandView
from service.plant.views.defects import DefectView, MarkVerdict, MarkView
from service.plant.views.intake import IngestResult
from service.plant.views.kpis import Kpi, KpiDefinition, Window, WindowName
from service.plant.views.lines import AlarmView, LineView
from service.plant.views.lots import LotDetail, LotView
from service.plant.views.paging import Page
from service.plant.views.people import User
from service.plant.views.rolls import RollRow, RollView
from service.settings import PlantSettings
from vision.registry import Registry

LABELS_FILE = "labels.jsonl"
PICTURES_FOLDER = "pictures"
TWIN_FOLDER = "twin"
GRADES_FOLDER = "grades"
COMMAND_LIFE_S = 300.0  # a command that a line did not fetch within five minutes is not wanted any more


class Plant:
    """Everything the web may ask of the plant. Thread-safe: one writer, many readers.

    Each method that fails raises PlantError; its `problem` is one of: unknown_line, unknown_roll,
    unknown_lot, unknown_defect, unknown_picture, unknown_bundle, unknown_user, user_exists, weak_password,
    unknown_kind, no_picture, bad_login, wrong_password, last_admin, bad_picture, wrong_place, unknown_schema,
    batch_too_big, mixed_logs, bad_event, bad_window, bad_page, bad_command, bad_settings, bad_token,
    bad_profile, bad_bounds, bad_curve, bad_check, bad_plan, bad_csv, database, registry, label_log,
    picture_store, log_conflict (LogConflictError).
    """

    def __init__(
        self,
        settings: PlantSettings,
        now: Callable[[], datetime],
        database: Database,
        labels: LabelLog,
        tokens: Tokens,
        grader: Grader,
        calendar: Calendar,
        owner: Owner,
        couriers: Couriers,
    ) -> None:
        self._settings, self._now, self._database = settings, now, database
        self._labels, self._tokens, self._grader, self._calendar = labels, tokens, grader, calendar
        self._line_names = sorted(access.line for access in settings.lines)
        self._memo = Memo(database=database, now=now)
        self._ledger = ledger_on(database, settings, now)
        self._intake = Intake(
            database=database, settings=settings, grader=grader, ledger=self._ledger, now=now
        )
        files = PictureStore(settings.data_dir / PICTURES_FOLDER)
        self._pictures = Pictures(database=database, files=files, now=now)
        self._rolls = Rolls(database=database, grader=grader, now=now)
        self._marker = Marker(database=database, labels=labels, grader=grader, owner=owner, now=now)
        self._dispatcher = Dispatcher(database=database, owner=owner, now=now)
        self._bundles = Bundles(registry=Registry(settings.registry_dir))
        self.people = Accounts(database=database, owner=owner, line_names=self._line_names, now=now)
        self.audit_log = AuditLog(database=database)
        self.access = AccessTokens(database=database, owner=owner, line_names=self._line_names, now=now)
        self.counts = self._intake.counts
        self.upkeep = Upkeep(folder=settings.data_dir, now=now)
        self.glimpses = Glimpses(lines=self._line_names, now=now)
        self.eyesight = Eyesight(database=database, lines=self._line_names, now=now)
        self.quality = Quality.of(settings, database, owner, calendar, self._memo)
        self.loop = Loop.of(database, owner, self._line_names, now)
        self.planning = Planning(database=database, owner=owner, loop=self.loop, now=now)
        self.suppliers = Suppliers(database=database)
        self.readings = Readings(database=database, owner=owner, now=now)
        self.review = ReviewDesk.of(self._marker, self.quality, calendar)
        self.listing = Listing(
            database=database, rows=self._rolls, profile=grader.profile, lines=self._line_names
        )
        self.lessons = Lessons.of(settings, database, files, owner, self.command, now)
        self.strips = Strips(
            marker=self._marker,
            labels=StripLabels(marker=self._marker, tenant=self._tenant, since=now()),
            glimpses=self.glimpses,
            memo=self._memo,
            tenant=self._tenant,
            command=self.command,
        )
        herald = Herald.of(database, settings, calendar, self.kpis, now)
        self.mill = Mill.of(self._ledger, settings, couriers, herald, self._rolls)
        self.lint = LintDesk(database=database, profiles=settings.data_dir / GRADES_FOLDER)
        self.twin = TwinDesk(settings.twin_scenarios, settings.data_dir / TWIN_FOLDER, database, owner, now)

    @classmethod
    def open(cls, settings: PlantSettings, now: Callable[[], datetime]) -> "Plant":
        """Open the store (made or migrated where needed), read or make the lines' token files."""
        calendar = Calendar.of(settings.time_zone, settings.shifts)
        grader = grader_of(settings)
        make_folder(settings.data_dir)
        owner = Owner(enterprise=settings.enterprise, site=settings.site)
        with ExitStack() as undo:
            labels = open_labels(settings.data_dir / LABELS_FILE)  # first: a second plant must not migrate
            undo.callback(labels.close)
            database = open_database(settings)
            undo.callback(database.close)
            fill_sums(database, grader, now())
            tokens = load_tokens(database, owner, settings.lines, settings.clients, now)
            enrol(database, settings, now())
            couriers = Couriers.of(database, settings, now)
            plant = cls(settings, now, database, labels, tokens, grader, calendar, owner, couriers)
            undo.pop_all()
        return plant

    def close(self) -> None:
        """Close the store; the facade can't be used any more."""
        self.mill.stop()
        self.twin.stop()
        self._labels.close()
        self._database.close()

    @property
    def settings(self) -> PlantSettings:
        """The settings it was opened with."""
        return self._settings

    @property
    def revision(self) -> int:
        """Grows with each change: a page that saw this number has nothing new to ask for."""
        return self._database.revision

    @property
    def ledger(self) -> Ledger:
        """Every kilogram and metre: entries, balances, holds."""
        return self._ledger

    # --- from the lines -------------------------------------------------------------------------------

    def ingest(self, line: str, events: Sequence[Event]) -> IngestResult:
        """Take a batch of a line's events: each is kept once, in any order, all or none.

        Raises:
            LogConflictError: another log delivers, or delivered a moment ago, under this line id.
            PlantError: unknown_line, wrong_place, unknown_schema.
        """
        taken = self._intake.take(line, events)
        self.strips.take(line, events)
        return taken

    def put_picture(self, line: str, sha256: str, data: bytes, media_type: str) -> None:
        """Keep a picture under its content hash; a second time changes nothing. PlantError: bad_picture."""
        self._pictures.put(self._tenant(line), sha256, data, media_type)
        self.quality.drifts.measure(sha256, data)

    def missing_pictures(self, line: str, limit: int = 100) -> tuple[str, ...]:
        """Hashes that the line kept and did not drop, and that the plant does not hold; newest first."""
        with self._database.read() as tx:
            return picture_rows.missing(tx, self._known(line), limit)

    def commands_for(self, line: str) -> tuple[LineCommand, ...]:
        """Commands that wait for this line: neither answered nor expired, oldest first."""
        with self._database.read() as tx:
            return commands.waiting(tx, self._known(line), self._now())

    def check_token(self, token: str) -> str | None:
        """The line this machine token belongs to; None: to no line. Takes the same time for every token."""
        return self._tokens.line_of(token)

    def check_client(self, token: str) -> User | None:
        """The machine client this token belongs to; None: to none. Of the settings, or made by an admin."""
        name = self._tokens.client_of(token)
        return self.mill.client(name) if name is not None else self.access.client_of(token)

    # --- what runs ------------------------------------------------------------------------------------

    def lines(self) -> tuple[LineView, ...]:
        """The live state of each line of the settings, by name."""
        return self._memo.get("lines", self._live_lines)

    def _live_lines(self) -> tuple[LineView, ...]:
        now = self._now()
        with self._database.read() as tx:
            return tuple(LiveLine(line=line, now=now).view(tx) for line in self._line_names)

    def newest_crops(self, line: str | None, limit: int) -> tuple[DefectView, ...]:
        """The newest defects whose picture the plant holds; `y_mm` is within the roll or lot."""
        with self._database.read() as tx:
            found = defects.newest_with_picture(tx, self._known(line), limit)
            return tuple(alone(record, self._grader.profile) for record in found)

    def alarms(self, line: str | None = None, limit: int = 200) -> tuple[AlarmView, ...]:
        """Active alarms first, then cleared ones, each newest first."""
        known = self._known(line)
        return self._memo.get(("alarms", known, limit), lambda: self._newest_alarms(known, limit))

    def _newest_alarms(self, line: str | None, limit: int) -> tuple[AlarmView, ...]:
        with self._database.read() as tx:
            found = [*alarms.recent(tx, line), *plant_alarms.newest(tx, line, limit)]
        found += self.quality.charts.open_alarm_views(line)
        found.sort(key=lambda alarm: alarm.raised_utc, reverse=True)
        return tuple(sorted(found, key=lambda alarm: not alarm.active)[:limit])

    def picture(self, sha256: str) -> tuple[bytes, str]:
        """A picture and its media type. PlantError: unknown_picture."""
        return self._pictures.get(sha256)

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
        known = self._known(line)
        look = partial(self._rolls.page, page, page_size, line=known, article=article, grade=grade)
        newest = page == 1 and article is None and grade is None  # what everybody looks at
        return self._memo.get(("rolls", page_size, known), look) if newest else look()

    def roll(self, roll_id: str) -> RollView:
        """One roll with defects, uninspected stretches, points and grade. PlantError: unknown_roll."""
        with self._database.read() as tx:
            return self._rolls.view(tx, roll_id)

    def lots(self, page: int = 1, page_size: int = 50, *, line: str | None = None) -> Page[LotView]:
        """Lots of fibre, newest first."""
        offset = offset_of(page, page_size)
        with self._database.read() as tx:
            total, ids = materials.lot_page(tx, offset, page_size, self._known(line))
            rows = tuple(lot_view(tx, lot_id) for lot_id in ids)
        return Page(items=rows, page=page, page_size=page_size, total=total)

    def lot(self, lot_id: str) -> LotDetail:
        """One lot. PlantError: unknown_lot."""
        with self._database.read() as tx:
            return lot_detail(tx, lot_id, self._grader.profile)

    def mark(self, defect_id: str, verdict: MarkVerdict, kind: str | None, user: str) -> MarkView:
        """A person says a defect is right or wrong: into the label log, then the store; the roll is regraded.

        "Wrong" with a kind says: a defect, but of that kind.
        PlantError: unknown_defect, unknown_kind, no_picture.
        """
        return self._marker.mark(defect_id, verdict, kind, user)[0]

    # --- figures --------------------------------------------------------------------------------------

    def window(self, name: WindowName) -> Window:
        """A named window as of now."""
        return self._memo.get(("window", name), lambda: self._calendar.window(name, self._now()))

    def kpis(self, window: Window, line: str | None = None) -> tuple[Kpi, ...]:
        """Every KPI of the catalogue for a window; one without data has value None and says what is missing.

        PlantError: bad_window, unknown_line.
        """
        known = self._known(line)
        return self._memo.get(("kpis", window, known), lambda: self.quality.figures.kpis(window, known))

    def kpi_catalogue(self) -> tuple[KpiDefinition, ...]:
        """What each KPI is."""
        return CATALOGUE

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
        return self._dispatcher.queue(self._tenant(line), kind, arguments, user, life_s)

    def commands(self, line: str | None = None, limit: int = 100) -> tuple[CommandView, ...]:
        """Commands with their answers, newest first."""
        with self._database.read() as tx:
            return tuple(commands.newest(tx, self._known(line), limit, self._now()))

    def bundles(self, article: str | None = None) -> tuple[BundleView, ...]:
        """Bundles of the registry, newest first."""
        return self._bundles.listing(article, self._running())

    def articles(self) -> tuple[ArticleRecipes, ...]:
        """Every article of the registry with its recipes, what each promises, and the history."""
        return self._bundles.articles(self._running())

    def _running(self) -> dict[str, str | None]:
        return {line.line: line.bundle_id for line in self.lines()}

    def activate_bundle(self, line: str, bundle_id: str, user: str) -> LineCommand:
        """Ask a line to run a bundle. PlantError: unknown_line, unknown_bundle."""
        self._bundles.check(bundle_id)
        return self.command(line, LineCommandKind.ACTIVATE_BUNDLE, {"bundle_id": bundle_id}, user)

    def shadow_bundle(self, line: str, bundle_id: str, user: str) -> LineCommand:
        """Ask a line to let a bundle look on as shadow. PlantError: unknown_line, unknown_bundle."""
        self._bundles.check(bundle_id)
        return self.command(line, LineCommandKind.SHADOW_BUNDLE, {"bundle_id": bundle_id}, user)

    def shadows(self, line: str | None = None, bundle_id: str | None = None) -> tuple[ShadowView, ...]:
        """How shadows agreed with the active recipes, newest first; `bundle_id` is a shadow's."""
        with self._database.read() as tx:
            return shadows.compared(tx, self._known(line), bundle_id)

    def roll_back_bundle(self, line: str, user: str) -> LineCommand:
        """Ask a line to run the bundle that its article had before. PlantError: unknown_bundle."""
        with self._database.read() as tx:
            row = live.line_row(tx, self._known(line)) or {}
        return self.activate_bundle(line, self._bundles.previous(row.get("article")), user)

    # --- upkeep ---------------------------------------------------------------------------------------

    def rebuild(self) -> int:
        """Throw the projections away and make them again from the events; returns the number of events."""
        return self._intake.rebuild()

    def _known(self, line: str | None) -> Any:  # Any: what was given, so that None stays None and str str
        if line is not None and line not in self._line_names:
            raise PlantError("unknown_line", f"line {line} is not in this plant's settings; add it there")
        return line

    def _tenant(self, line: str) -> Tenant:
        with self._database.read() as tx:
            area = live.tenant_area(tx, self._known(line))
        return Tenant(enterprise=self._settings.enterprise, site=self._settings.site, area=area, line=line)
