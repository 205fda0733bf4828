"""The admin's page of people: plain HTML forms, as for logging in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.plant.errors import PlantError
from service.plant.views.people import Role
from service.web.api.access import Admin, Web, person_of, require_role
from service.web.api.problems import status_of
from service.web.context import WebContext
from service.web.panel.voice import voice_for
from service.web.people_pages import people_page

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=1024)]


@router.get("/people")
def get_people(request: Request, web: Web) -> Response:
    """Everybody who may log in, and a form for one more."""
    person = person_of(request)
    if person is None:
        return RedirectResponse("/login", status_code=HTTPStatus.SEE_OTHER)
    require_role(person, Role.ADMIN)
    voice = voice_for(request, web.catalogue, web.zone)
    return HTMLResponse(people_page(voice, person, web.plant.users(), demo=web.settings.demo, error=""))


@router.post("/people")
def post_person(
    request: Request, web: Web, person: Admin, login: Field, password: Field, role: Annotated[Role, Form()]
) -> Response:
    """Make a user, who replaces the password at the first login."""
    try:
        web.plant.create_user(login, password, role, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    return _back()


@router.post("/people/{login}/role")
def post_role(
    request: Request, web: Web, person: Admin, login: str, role: Annotated[Role, Form()]
) -> Response:
    """Give a user another role."""
    try:
        web.plant.set_role(login, role, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    return _back()


@router.post("/people/{login}/remove")
def post_removal(request: Request, web: Web, person: Admin, login: str) -> Response:
    """Remove a user and end their sessions."""
    try:
        web.plant.remove_user(login, person.login)
    except PlantError as error:
        return _refused(request, web, person, error)
    web.sessions.end_all(login)
    return _back()


def _refused(request: Request, web: WebContext, person: Admin, error: PlantError) -> Response:
    voice = voice_for(request, web.catalogue, web.zone)
    told = voice.say_or_code("person_error", error.problem)
    page = people_page(voice, person, web.plant.users(), demo=web.settings.demo, error=told)
    return HTMLResponse(page, status_code=status_of(error))


def _back() -> Response:
    return RedirectResponse("/people", status_code=HTTPStatus.SEE_OTHER)
