"""The admin's page of people and of programs' tokens: plain HTML forms, as for logging in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.plant.errors import PlantError
from service.plant.views.people import NewToken, Role
from service.web.api.access import Admin, Web, person_of, require_role
from service.web.api.problems import status_of
from service.web.context import WebContext
from service.web.panel.voice import voice_for
from service.web.people_pages import Access, people_page

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=1024)]
Lines = Annotated[list[str], Form(default_factory=list, max_length=100)]


@router.get("/people")
def get_people(request: Request, web: Web) -> Response:
    """Everybody who may log in, every token, and forms for one more."""
    person = person_of(request)
    if person is None:
        return RedirectResponse("/login", status_code=HTTPStatus.SEE_OTHER)
    require_role(person, Role.ADMIN)
    return HTMLResponse(_page(request, web, person))


@router.post("/people")
def post_person(
    request: Request,
    web: Web,
    person: Admin,
    login: Field,
    password: Field,
    role: Annotated[Role, Form()],
    lines: Lines,
) -> Response:
    """Make a user, who replaces the password at the first login."""
    try:
        web.plant.people.create(login, password, role, person.login, lines)
    except PlantError as error:
        return _refused(request, web, person, error)
    return _back()


@router.post("/people/{login}/role")
def post_role(
    request: Request, web: Web, person: Admin, login: str, role: Annotated[Role, Form()], lines: Lines
) -> Response:
    """Give a user another role or other lines; their sessions end when something changed."""
    try:
        before = web.plant.people.get(login)
        if before is None or before.role is not role:
            web.plant.people.set_role(login, role, person.login)
        if before is not None and sorted(before.lines) != sorted(set(lines)):
            web.plant.people.set_lines(login, lines, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    if before != web.plant.people.get(login):
        web.sessions.end_all(login)
    return _back()


@router.post("/people/{login}/remove")
def post_removal(request: Request, web: Web, person: Admin, login: str) -> Response:
    """Remove a user and end their sessions."""
    try:
        web.plant.people.remove(login, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    web.sessions.end_all(login)
    return _back()


@router.post("/people/tokens")
def post_token(
    request: Request,
    web: Web,
    person: Admin,
    name: Field,
    role: Annotated[Role, Form()],
    days: Annotated[int, Form(ge=1, le=10_000)],
    lines: Lines,
) -> Response:
    """Make a token and show its secret in this one answer."""
    try:
        made = web.plant.access.create(name, role, lines, days, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    page = _page(request, web, person, told=made)
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})


@router.post("/people/tokens/{token_id}/revoke")
def post_revocation(request: Request, web: Web, person: Admin, token_id: int) -> Response:
    """A token opens nothing any more."""
    try:
        web.plant.access.revoke(token_id, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    return _back()


def _page(
    request: Request, web: WebContext, person: Admin, *, error: str = "", told: NewToken | None = None
) -> str:
    voice = voice_for(request, web.catalogue, web.zone)
    access = Access(
        users=web.plant.people.listing(),
        tokens=web.plant.access.listing(),
        lines=sorted(line.line for line in web.settings.lines),
        now=web.now(),
    )
    return people_page(voice, person, access, demo=web.settings.demo, error=error, told=told)


def _refused(request: Request, web: WebContext, person: Admin, error: PlantError) -> Response:
    voice = voice_for(request, web.catalogue, web.zone)
    told = voice.say_or_code("person_error", error.problem)
    return HTMLResponse(_page(request, web, person, error=told), status_code=status_of(error))


def _back() -> Response:
    return RedirectResponse("/people", status_code=HTTPStatus.SEE_OTHER)
