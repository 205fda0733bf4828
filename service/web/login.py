"""The login, password and language forms: plain HTML, so that logging in needs no script and no socket."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.plant.errors import PlantError
from service.web.api.access import Web, person_of
from service.web.api.people import address_of, change_password, log_in, set_session
from service.web.api.problems import ProblemError, status_of
from service.web.context import WebContext
from service.web.i18n.catalogue import Language
from service.web.login_pages import login_page, password_page
from service.web.panel.voice import LANGUAGE_COOKIE, Voice, voice_for
from service.web.sessions import COOKIE
from service.web.theme import THEME_COOKIE, Theme

router = APIRouter(include_in_schema=False)
YEAR_S = 365 * 24 * 3600
Field = Annotated[str, Form(max_length=1024)]


@router.get("/login")
def get_login(request: Request, web: Web) -> Response:
    """The login form; who is logged in already goes on to the live page."""
    if person_of(request) is not None:
        return _go("/")
    return HTMLResponse(login_page(_voice(request, web), demo=web.settings.demo, error=""))


@router.post("/login")
def post_login(request: Request, web: Web, login: Field, password: Field) -> Response:
    """Log in and go to the live page, or say what was wrong."""
    voice = _voice(request, web)
    try:
        person = log_in(web, login, password, address_of(request))
    except (ProblemError, PlantError) as error:
        status = error.status if isinstance(error, ProblemError) else status_of(error)
        wrong = status is HTTPStatus.UNAUTHORIZED
        told = voice.say("login_wrong" if wrong else "login_wait")
        page = login_page(voice, demo=web.settings.demo, error=told)
        return HTMLResponse(page, status_code=status, headers=getattr(error, "headers", None))
    response = _go("/password" if person.must_change_password else "/")
    set_session(request, response, web, person.login)
    return response


@router.post("/logout")
def post_logout(request: Request, web: Web) -> Response:
    """Log out and go to the login form."""
    web.sessions.end(request.cookies.get(COOKIE))
    response = _go("/login")
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/password")
def get_password(request: Request, web: Web) -> Response:
    """The form for an own password."""
    person = person_of(request)
    if person is None:
        return _go("/login")
    return HTMLResponse(password_page(_voice(request, web), person, demo=web.settings.demo, error=""))


@router.post("/password")
def post_password(request: Request, web: Web, old_password: Field, new_password: Field) -> Response:
    """Change the own password; every other session of this person ends."""
    person = person_of(request)
    if person is None:
        return _go("/login")
    voice = _voice(request, web)
    try:
        change_password(web, person, old_password, new_password, address_of(request))
    except (ProblemError, PlantError) as error:
        code = "too_many_attempts" if isinstance(error, ProblemError) else error.problem
        text = voice.say_or_code("password_error", code)
        status = error.status if isinstance(error, ProblemError) else status_of(error)
        page = password_page(voice, person, demo=web.settings.demo, error=text)
        return HTMLResponse(page, status_code=status)
    response = _go("/")
    set_session(request, response, web, person.login)
    return response


@router.post("/language")
def post_language(language: Annotated[Language, Form()], back: Field = "/") -> Response:
    """Keep this browser's language and go back to the page."""
    return _chosen(LANGUAGE_COOKIE, language.value, back)


@router.post("/theme")
def post_theme(theme: Annotated[Theme, Form()], back: Field = "/") -> Response:
    """Keep this browser's theme and go back to the page."""
    return _chosen(THEME_COOKIE, theme.value, back)


def _chosen(cookie: str, value: str, back: str) -> Response:
    response = _go(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    response.set_cookie(cookie, value, max_age=YEAR_S, samesite="lax", httponly=True)
    return response


def _voice(request: Request, web: WebContext) -> Voice:
    return voice_for(request, web.catalogue, web.zone)


def _go(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)
