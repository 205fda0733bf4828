"""The audit log: who changed what, when and from where, with filters and exports."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from service.plant.views.paging import Page
from service.plant.views.people import AuditFilter, AuditView, User
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.tables import pager, table
from service.web.panel.voice import Voice

PAGE_SIZE = 50
FORMATS = ("csv", "xlsx")
DAY_FORMAT, DAY_EXAMPLE = "%d.%m.%Y", "31.01.2026"  # as the panel writes days
FILTERS = ("user", "action", "subject", "day_from", "day_to")  # of the address


class AuditScreen:
    """One page of the audit log."""

    tab = "audit"
    every_s = 5.0

    def __init__(self, looker: Looker, *, asked: dict[str, str], page: int) -> None:
        self._log = looker.web.plant.audit_log
        self._voice = looker.voice
        given = {name: value.strip() for name, value in asked.items()}
        self._asked = {name: value for name, value in given.items() if value and value.isprintable()}
        self._wanted = _filter(self._asked, looker.web.zone)
        self._number = page
        self._page: Page[AuditView] | None = None
        self._words: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def load(self) -> None:
        """Ask for this page of the log."""
        self._page = self._log.page(self._number, PAGE_SIZE, self._wanted)
        self._words = self._log.words()

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.audit")

    def demo(self) -> bool:
        """What people did is no demo."""
        return False

    def sections(self, person: User) -> list[Html]:
        """Heading, filter and table."""
        voice = self._voice
        head = page_head(voice.say("tab.audit"), hint=voice.say("audit_help"))
        return [head, self._filter_form(), self._table()]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing can be pressed: the log is read only."""
        return ""

    def _filter_form(self) -> Html:
        voice, asked = self._voice, self._asked
        people, actions = self._words
        return el(
            "form",
            _choice("user", voice.say("column.person"), [(name, name) for name in people], asked, voice),
            _choice(
                "action",
                voice.say("column.action"),
                [(code, _deed(code, voice)) for code in actions],
                asked,
                voice,
            ),
            _field("subject", voice.say("audit_subject"), "search", asked),
            _field("day_from", voice.say("audit_from"), "text", asked, DAY_EXAMPLE),
            _field("day_to", voice.say("audit_to"), "text", asked, DAY_EXAMPLE),
            el("button", voice.say("audit_filter"), type="submit", class_="button primary"),
            el("div", *[self._export(form) for form in FORMATS], class_="row"),
            method="get",
            action="/audit",
            class_="card access-filter",
        )

    def _export(self, form: str) -> Html:
        wanted = self._wanted
        query = {
            "user": wanted.user,
            "action": wanted.action,
            "subject": wanted.subject,
            "from_utc": wanted.from_utc.isoformat() if wanted.from_utc else "",
            "to_utc": wanted.to_utc.isoformat() if wanted.to_utc else "",
        }
        given = urlencode({name: value for name, value in query.items() if value})
        words = form.upper()
        return el("a", words, href=f"/api/v1/exports/audit.{form}?{given}", class_="button", download=True)

    def _table(self) -> Html:
        voice, page = self._voice, self._page
        if page is None or not page.items:
            return el("p", voice.say("audit_none"), class_="empty")
        names = ("time", "person", "from_where", "action", "subject_of", "details")
        columns = [(voice.say(f"column.{name}"), False) for name in names]
        rows = [_cells(entry, voice) for entry in page.items]
        return join(table(columns, rows), pager(page, "/audit", voice, **self._asked))


def _cells(entry: AuditView, voice: Voice) -> list[Html]:
    given = [(name, value) for name, value in entry.detail.items() if value]
    details = [el("div", el("span", f"{name}: ", class_="soft"), value) for name, value in given]
    return [
        el("span", voice.moment(entry.utc), class_="access-moment"),
        el("b", entry.user),
        join(entry.address or el("span", voice.say("audit_console"), class_="soft")),
        join(_deed(entry.action, voice)),
        el("span", entry.subject, class_="access-subject"),
        el("div", *details, class_="small access-subject"),
    ]


def _deed(action: str, voice: Voice) -> str:
    """What was done; a command to a line stands in the log under its own name."""
    told = voice.say_or_code("action", action)
    return voice.say_or_code("command", action) if told == action else told


def _choice(
    name: str, label: str, options: list[tuple[str, str]], asked: dict[str, str], voice: Voice
) -> Html:
    chosen = asked.get(name, "")
    written = [
        el("option", words, value=value, selected=value == chosen)
        for value, words in [("", voice.say("audit_any")), *options]
    ]
    return el("label", el("span", label), el("select", *written, name=name), class_="access-field")


def _field(name: str, label: str, kind: str, asked: dict[str, str], example: str = "") -> Html:
    box = el("input", name=name, type=kind, value=asked.get(name, ""), placeholder=example, maxlength=255)
    return el("label", el("span", label), box, class_="access-field")


def _filter(asked: dict[str, str], zone: ZoneInfo) -> AuditFilter:
    """What is asked for; whole days of the plant, and an odd day asks for nothing."""
    last = _day(asked.get("day_to", ""), zone)
    return AuditFilter(
        user=asked.get("user", "")[:255],
        action=asked.get("action", "")[:255],
        subject=asked.get("subject", "")[:255],
        from_utc=_day(asked.get("day_from", ""), zone),
        to_utc=last + timedelta(days=1) if last is not None else None,
    )


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        day = datetime.strptime(text, DAY_FORMAT).replace(tzinfo=zone)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
