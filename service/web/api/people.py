"""Log in and out, own password, and the admin's users."""

import math
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from service.plant.views.paging import Page
from service.plant.views.people import AuditView, User
from service.web.api.access import Admin, Manager, Person, ThePlant, Web
from service.web.api.problems import ProblemError
from service.web.api.rolls import PageNumber, PageSize
from service.web.api.schemas import LoginBody, PasswordBody, PersonAnswer, RoleBody, UserBody
from service.web.context import WebContext
from service.web.sessions import COOKIE, LONGEST_LIFE

router = APIRouter(tags=["people"])


def log_in(web: WebContext, login: str, password: str, address: str) -> User:
    """Check a password, slowly for an address that guesses.

    Raises:
        ProblemError: 401 for a wrong login or password, 429 for an address that must wait.
        PlantError: too_many_attempts.
    """
    wait_s = web.throttle.wait_s(login, address)
    if wait_s > 0:
        whole_s = math.ceil(wait_s)
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"too many wrong passwords from this address; try again in {whole_s} s",
            headers={"Retry-After": str(whole_s)},
        )
    person = web.plant.verify(login, password)
    if person is None:
        web.throttle.failed(login, address)
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "login or password is wrong")
    web.throttle.succeeded(login, address)
    return person


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client is not None else ""


def set_session(request: Request, response: Response, web: WebContext, login: str) -> None:
    """Give the browser a new session and end the one it had."""
    web.sessions.end(request.cookies.get(COOKIE))
    response.set_cookie(
        COOKIE,
        web.sessions.start(login),
        max_age=int(LONGEST_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def _answer(person: User) -> PersonAnswer:
    return PersonAnswer(
        login=person.login, role=person.role, must_change_password=person.must_change_password
    )


@router.post("/login")
def post_login(body: LoginBody, request: Request, response: Response, web: Web) -> PersonAnswer:
    """Start a session; the cookie holds its token."""
    person = log_in(web, body.login, body.password, address_of(request))
    set_session(request, response, web, person.login)
    return _answer(person)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
def post_logout(request: Request, response: Response, web: Web) -> None:
    """End this session."""
    web.sessions.end(request.cookies.get(COOKIE))
    response.delete_cookie(COOKIE, path="/")


@router.get("/me")
def get_me(person: Person) -> PersonAnswer:
    """Who is logged in."""
    return _answer(person)


@router.post("/password", status_code=HTTPStatus.NO_CONTENT)
def post_password(body: PasswordBody, person: Person, request: Request, response: Response, web: Web) -> None:
    """Change one's own password; every other session of this person ends."""
    web.plant.change_password(person.login, body.old_password, body.new_password)
    web.sessions.end_all(person.login)
    set_session(request, response, web, person.login)


@router.get("/users")
def get_users(person: Admin, plant: ThePlant) -> list[User]:
    """Everybody who may log in."""
    return list(plant.users())


@router.post("/users", status_code=HTTPStatus.CREATED)
def post_user(body: UserBody, person: Admin, plant: ThePlant) -> User:
    """Make a user."""
    return plant.create_user(body.login, body.password, body.role, person.login)


@router.put("/users/{login}/role")
def put_role(login: str, body: RoleBody, person: Admin, web: Web) -> User:
    """Give a user another role."""
    return web.plant.set_role(login, body.role, person.login)


@router.delete("/users/{login}", status_code=HTTPStatus.NO_CONTENT)
def delete_user(login: str, person: Admin, web: Web) -> None:
    """Remove a user and end their sessions."""
    web.plant.remove_user(login, person.login)
    web.sessions.end_all(login)


@router.get("/audit")
def get_audit(
    person: Manager, plant: ThePlant, page: PageNumber = 1, page_size: PageSize = 100
) -> Page[AuditView]:
    """Who changed what, newest first."""
    return plant.audit(page, page_size)
