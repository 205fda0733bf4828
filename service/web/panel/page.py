"""What every page has: who looks, sections sent only when they changed, one timer, one way to press."""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import Protocol, runtime_checkable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, ui
from nicegui.elements.html import Html as HtmlElement
from nicegui.events import GenericEventArguments

from service.plant.acting import acting
from service.plant.errors import PlantError
from service.plant.views.people import Role, User
from service.web.api.access import person_of, require_role, session_person
from service.web.api.people import address_of
from service.web.api.problems import ProblemError, status_of
from service.web.context import WebContext, context_of
from service.web.panel.header import bar, demo_band, rail
from service.web.panel.markup import Html, el
from service.web.panel.navigation import least_role
from service.web.panel.styles import STYLES, scripts
from service.web.panel.voice import Voice, voice_for
from service.web.panel.waiting import waiting
from service.web.sessions import COOKIE

log = logging.getLogger(__name__)
SEND_PRESSED = """(event) => {
    const pressed = event.target.closest('[data-action]');
    if (!pressed || pressed.disabled) { return; }
    event.preventDefault();
    const form = pressed.closest('form');
    emit({...(form ? Object.fromEntries(new FormData(form)) : {}), ...pressed.dataset});
}"""  # a button within a form brings the form's fields along
SEND_POINTED = """(event) => {
    for (const [place, action] of [['.crops', 'point'], ['.line-strip', 'point_strip']]) {
        const inside = (node) => Boolean(node && node.closest && node.closest(place));
        if (inside(event.target) !== inside(event.relatedTarget)) {
            emit({action, over: inside(event.target) ? '1' : '0'});
        }
    }
}"""  # only the crossing of the edge of crops or strip is told, not each move

CHECK_EVERY_S = 1.0  # whether the session still holds, and what waits
ROOT_SCRIPT = """<script>{
    const root = document.documentElement, asked = @;
    root.lang = asked.lang; root.dataset.theme = asked.theme;
}</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who looks at a page, in which language."""

    web: WebContext
    voice: Voice
    token: str
    path: str
    address: str = ""

    def person(self) -> User | None:
        """The person of this session, looked up anew: None after a logout anywhere."""
        return session_person(self.web, self.token)


class Screen(Protocol):
    """What one page shows. `load` and `press` may block: they run off the event loop."""

    tab: str
    every_s: float

    def load(self) -> None:
        """Ask the plant."""

    def title(self) -> str:
        """The page's title."""

    def demo(self) -> bool:
        """Whether anything shown comes from rendered or simulated input."""

    def sections(self, person: User) -> list[Html]:
        """The page's sections; the number of them never changes."""

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Do what was pressed, with the fields of its form; returns what to tell the person, or nothing."""


@runtime_checkable
class Steady(Protocol):
    """A screen that looks for news often, and knows without writing its sections whether there are any."""

    def edition(self) -> object:
        """What is shown of this moment; an equal one need not be written anew."""


@dataclass(slots=True, kw_only=True)
class _Open:
    looker: Looker
    screen: Screen
    person: User
    rail: HtmlElement
    band: HtmlElement
    shown: list[HtmlElement] = field(default_factory=list)
    edition: object = None
    counts: dict[str, int] = field(default_factory=dict)
    checked_s: float = 0.0  # when person and counts were asked for last
    news: tuple[int, int] = (0, 0)  # of the plant, when it was looked for
    looked_s: float = 0.0

    async def refresh(self) -> None:
        if isinstance(self.screen, Steady) and self._is_quiet():
            return
        try:
            person = await asyncio.to_thread(self._load)
        except PlantError as error:
            log.warning("page %s keeps what it shows: %s", self.looker.path, error)
            told = self.looker.voice.say("plant_trouble", reason=str(error))
            self.band.set_content(el("div", told, class_="note bad", role="alert"))
            self.edition = None
            return
        if person is None:
            ui.navigate.to("/login")
            return
        edition = (self.screen.edition(), person, self.counts) if isinstance(self.screen, Steady) else None
        if edition is None or edition != self.edition:
            self.edition = edition
            self._show(person, self.counts)

    def _is_quiet(self) -> bool:
        """Nothing was taken from any line since this page looked, and ages are not a second older."""
        plant = self.looker.web.plant
        news = (plant.revision, plant.glimpses.taken)
        if news == self.news and self.edition is not None and monotonic() - self.looked_s < CHECK_EVERY_S:
            return True
        self.news, self.looked_s = news, monotonic()
        return False

    def _load(self) -> User | None:
        if monotonic() - self.checked_s > CHECK_EVERY_S:
            person = self.looker.person()
            if person is None:
                return None
            self.person, self.counts, self.checked_s = person, waiting(self.looker.web), monotonic()
        self.screen.load()
        return self.person

    async def pressed(self, event: GenericEventArguments) -> None:
        pressed = {str(key): str(value) for key, value in event.args.items()}
        person = await asyncio.to_thread(self.looker.person)
        if person is None:
            ui.navigate.to("/login")
            return
        try:
            with acting(self.looker.address, person):
                told = await asyncio.to_thread(self.screen.press, person, pressed.pop("action"), pressed)
        except (ProblemError, PlantError) as error:
            log.info("press by %s refused: %s", person.login, error)
            told = self.looker.voice.say("press_refused", reason=_reason(error, self.looker.voice))
        if told:
            ui.notify(told, position="bottom-right", timeout=3000, color="dark", classes="told")
        self.edition = None
        await self.refresh()

    def _show(self, person: User, counts: dict[str, int]) -> None:
        around = [
            rail(self.looker.voice, person, self.screen.tab, counts),
            _band(self.looker, self.screen),
        ]
        fresh = [*around, *self.screen.sections(person)]
        for element, html in zip([self.rail, self.band, *self.shown], fresh, strict=True):
            if element.content != html:
                element.set_content(html)


async def serve(request: Request, client: Client, make: "MakeScreen") -> Response | None:
    """Show a screen to the person of the session, or send them to the form they need first."""
    web = context_of(request)
    person = await asyncio.to_thread(person_of, request)
    if person is None:
        return RedirectResponse("/login", status_code=303)
    if person.must_change_password:
        return RedirectResponse("/password", status_code=303)
    looker = _looker(request, web)
    screen = make(looker)
    if not person.role.may_act_as(least_role(screen.tab)):
        client.status_code = HTTPStatus.FORBIDDEN
        _frame(looker, person, screen.tab, looker.voice.say("forbidden_title"))
        _notice(web, looker.voice, "forbidden")
        return None
    try:
        await asyncio.to_thread(screen.load)
    except PlantError as error:
        client.status_code = status_of(error)
        notice = "not_found" if client.status_code == HTTPStatus.NOT_FOUND else "fault"
        log.warning("page %s: %s", looker.path, error)
        _frame(looker, person, screen.tab, looker.voice.say(f"{notice}_title"))
        _notice(web, looker.voice, notice)
        return None
    _open(looker, person, screen)
    return None


async def serve_nothing(request: Request, client: Client) -> Response | None:
    """Answer for a page that does not exist."""
    client.status_code = 404
    web = context_of(request)
    person = await asyncio.to_thread(person_of, request)
    if person is None:
        return RedirectResponse("/login", status_code=303)
    looker = _looker(request, web)
    _frame(looker, person, "", looker.voice.say("not_found_title"))
    _notice(web, looker.voice, "not_found")
    return None


def show_fault(error: Exception) -> None:
    """Say on an otherwise empty page that the real one could not be made; the log has the rest."""
    request = ui.context.client.request
    log.error("page %s could not be made", request.url.path, exc_info=error)
    web = context_of(request)
    ui.add_head_html(STYLES)
    _notice(web, voice_for(request, web.catalogue, web.zone), "fault")


class MakeScreen(Protocol):
    """Makes the screen of one open page."""

    def __call__(self, looker: Looker) -> Screen:
        """Make it; it asks nothing of the plant before `load`."""


def need(person: User, role: Role) -> None:
    """Stop a press unless the person's role suffices."""
    require_role(person, role)


def _looker(request: Request, web: WebContext) -> Looker:
    return Looker(
        web=web,
        voice=voice_for(request, web.catalogue, web.zone),
        token=request.cookies.get(COOKIE, ""),
        path=request.url.path,
        address=address_of(request),
    )


def _open(looker: Looker, person: User, screen: Screen) -> None:
    opened = _Open(
        looker=looker,
        screen=screen,
        person=person,
        rail=_frame(looker, person, screen.tab, screen.title()),
        band=ui.html(_band(looker, screen), sanitize=False),
    )
    with ui.element("main").classes("page") as main:
        opened.shown.extend(ui.html(html, sanitize=False) for html in screen.sections(person))
    main.on("click", opened.pressed, js_handler=SEND_PRESSED)
    main.on("mouseover", opened.pressed, js_handler=SEND_POINTED)
    ui.timer(screen.every_s, opened.refresh, immediate=False)


def _band(looker: Looker, screen: Screen) -> Html:
    """A demo plant says so on every page, also on one that shows nothing yet."""
    return demo_band(looker.voice, demo=looker.web.settings.demo or screen.demo())


def _frame(looker: Looker, person: User, tab: str, title: str) -> HtmlElement:
    """Put everything around a page in place; returns the rail, whose counts change."""
    root = json.dumps({"lang": looker.voice.language.value, "theme": looker.voice.theme.value})
    ui.page_title(f"{title} · Maqta")
    ui.add_head_html(ROOT_SCRIPT.replace("@", root))  # before the first paint: no flash of the other theme
    ui.add_head_html(STYLES)
    lost = looker.voice.say("connection_lost", moment="@")  # the browser puts the time in
    ui.add_body_html(scripts(lost))
    ui.html(bar(looker.voice, person, looker.path), sanitize=False)
    return ui.html(rail(looker.voice, person, tab, {}), sanitize=False)


def _notice(web: WebContext, voice: Voice, name: str) -> None:
    """Fill a page with one notice: what is the matter, and what to do."""
    notice = el(
        "div",
        el("h2", voice.say(f"{name}_title")),
        el("p", voice.say(f"{name}_help")),
        el("a", voice.say("tab.live"), href="/", class_="button"),
        class_="empty",
    )
    ui.html(demo_band(voice, demo=web.settings.demo), sanitize=False)
    ui.html(notice, sanitize=False, tag="main").classes("page")


def _reason(error: ProblemError | PlantError, voice: Voice) -> str:
    if isinstance(error, ProblemError) and error.status == 403:
        return voice.say("refused_role")
    if isinstance(error, PlantError) and error.problem == "out_of_scope":
        return voice.say("refused_line")
    return str(error)
