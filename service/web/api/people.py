"""Log in and out, own password, and the admin's users."""

import math
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from service.plant.errors import PlantError
from service.plant.shifts import check_moment
from service.plant.views.paging import Page
from service.plant.views.people import AccessToken, AuditFilter, AuditView, NewToken, User
from service.web.api.access import Admin, Manager, Person, ThePlant, Web
from service.web.api.problems import ProblemError
from service.web.api.rolls import PageNumber, PageSize
from service.web.api.schemas import (
    LinesBody,
    LoginBody,
    PasswordBody,
    PersonAnswer,
    RoleBody,
    TokenBody,
    UserBody,
)
from service.web.context import WebContext
from service.web.sessions import COOKIE, LONGEST_LIFE

router = APIRouter(tags=["people"])
Word = Annotated[str, Query(max_length=255, pattern=r"^[^\x00-\x1f]*$")]  # databases end a text at NUL
TokenId = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _wanted(
    user: Word = "",
    action: Word = "",
    subject: Word = "",
    from_utc: datetime | None = None,
    to_utc: datetime | None = None,
) -> AuditFilter:
    for moment in (from_utc, to_utc):
        check_moment(moment)
    return AuditFilter(user=user, action=action, subject=subject, from_utc=from_utc, to_utc=to_utc)


Wanted = Annotated[AuditFilter, Depends(_wanted)]


def log_in(web: WebContext, login: str, password: str, address: str) -> User:
    """Check a password, slowly for an address that guesses.

    Raises:
        ProblemError: 401 for a wrong login or password, 429 for an address that must wait.
        PlantError: too_many_attempts.
    """
    _wait_turn(web, login, address)
    person = web.plant.people.verify(login, password)
    if person is None:
        web.throttle.failed(login, address)
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "login or password is wrong")
    web.throttle.succeeded(login, address)
    return person


def change_password(web: WebContext, person: User, old: str, new: str, address: str) -> None:
    """Change a password and end all sessions of its owner; guessing the old one is slow, too.

    Raises:
        ProblemError: 429 for an address that must wait.
        PlantError: wrong_password, weak_password.
    """
    _wait_turn(web, person.login, address)
    try:
        web.plant.people.change_password(person.login, old, new)
    except PlantError as error:
        if error.problem == "wrong_password":
            web.throttle.failed(person.login, address)
        raise
    web.sessions.end_all(person.login)


def _wait_turn(web: WebContext, login: str, address: str) -> None:
    wait_s = web.throttle.wait_s(login, address)
    if wait_s > 0:
        whole_s = math.ceil(wait_s)
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"too many wrong passwords from this address; try again in {whole_s} s",
            headers={"Retry-After": str(whole_s)},
        )


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
        login=person.login,
        role=person.role,
        lines=list(person.lines),
        must_change_password=person.must_change_password,
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
    change_password(web, person, body.old_password, body.new_password, address_of(request))
    set_session(request, response, web, person.login)


@router.get("/users")
def get_users(person: Admin, plant: ThePlant) -> list[User]:
    """Everybody who may log in."""
    return list(plant.people.listing())


@router.post("/users", status_code=HTTPStatus.CREATED)
def post_user(body: UserBody, person: Admin, plant: ThePlant) -> User:
    """Make a user."""
    return plant.people.create(body.login, body.password, body.role, person.login, body.lines)


@router.put("/users/{login}/role")
def put_role(login: str, body: RoleBody, person: Admin, web: Web) -> User:
    """Give a user another role; their sessions end."""
    changed = web.plant.people.set_role(login, body.role, person.login)
    web.sessions.end_all(login)
    return changed


@router.put("/users/{login}/lines")
def put_lines(login: str, body: LinesBody, person: Admin, web: Web) -> User:
    """Say on which lines a user may act (none: on every line); their sessions end."""
    changed = web.plant.people.set_lines(login, body.lines, person.login)
    web.sessions.end_all(login)
    return changed


@router.delete("/users/{login}", status_code=HTTPStatus.NO_CONTENT)
def delete_user(login: str, person: Admin, web: Web) -> None:
    """Remove a user and end their sessions."""
    web.plant.people.remove(login, person.login)
    web.sessions.end_all(login)


@router.get("/tokens")
def get_tokens(person: Admin, plant: ThePlant) -> list[AccessToken]:
    """Tokens of machine clients, newest first; none holds its secret."""
    return list(plant.access.listing())


@router.post("/tokens", status_code=HTTPStatus.CREATED)
def post_token(body: TokenBody, person: Admin, plant: ThePlant) -> NewToken:
    """Make a token; its secret stands in this answer and nowhere else."""
    return plant.access.create(body.name, body.role, body.lines, body.days, person.login)


@router.delete("/tokens/{token_id}")
def delete_token(token_id: TokenId, person: Admin, plant: ThePlant) -> AccessToken:
    """Revoke a token."""
    return plant.access.revoke(token_id, person.login)


@router.get("/audit")
def get_audit(
    person: Manager, plant: ThePlant, wanted: Wanted, page: PageNumber = 1, page_size: PageSize = 100
) -> Page[AuditView]:
    """Who changed what, when and from where, newest first."""
    return plant.audit_log.page(page, page_size, wanted)
