"""Who is asking, and whether their role suffices: dependencies of the endpoints."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from service.plant.acting import acts_for
from service.plant.plant import Plant
from service.plant.views.people import Role, User
from service.web.api.problems import ProblemError
from service.web.context import WebContext, context_of
from service.web.sessions import COOKIE

BEARER = "bearer "


def _web(request: Request) -> WebContext:
    return context_of(request)


def _plant(request: Request) -> Plant:
    return context_of(request).plant


Web = Annotated[WebContext, Depends(_web)]
ThePlant = Annotated[Plant, Depends(_plant)]


def _machine(request: Request, plant: ThePlant) -> str:
    header = request.headers.get("authorization", "")
    line = plant.check_token(header[len(BEARER) :].strip()) if header.lower().startswith(BEARER) else None
    if line is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "the line's token is missing or wrong; copy the plant's token file of this line to the line",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return line


def person_of(request: Request) -> User | None:
    """Whose session cookie or client token this is; a person's role is looked up anew each time."""
    person = _asking(request)
    acts_for(person)  # from here on the plant refuses what lies beyond this person's lines
    return person


def _asking(request: Request) -> User | None:
    web = context_of(request)
    header = request.headers.get("authorization", "")
    if header.lower().startswith(BEARER):  # a machine client; its role stands in the settings or by its token
        return web.plant.check_client(header[len(BEARER) :].strip())
    return session_person(web, request.cookies.get(COOKIE, ""))


def session_person(web: WebContext, token: str) -> User | None:
    """Whose session a cookie's token is; None after a logout, or when password, role or lines changed."""
    session = web.sessions.find(token)
    person = web.plant.people.get(session.login) if session is not None else None
    if session is None or person is None:
        return None
    if person.since_utc is not None and session.made_utc < person.since_utc:
        web.sessions.end(token)
        return None
    return person


def require_role(person: User, role: Role) -> None:
    """Stop with 403 unless the person's role suffices."""
    if not person.role.may_act_as(role):
        raise ProblemError(
            HTTPStatus.FORBIDDEN, f"this needs the role {role.value}; {person.login} has {person.role.value}"
        )


class _Needs:
    """A dependency that lets pass who is logged in with at least one role."""

    def __init__(self, role: Role, *, even_with_old_password: bool = False) -> None:
        self._role = role
        self._even_with_old_password = even_with_old_password

    def __call__(self, request: Request) -> User:
        person = person_of(request)
        if person is None:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "nobody is logged in; POST /api/v1/login first")
        if person.must_change_password and not self._even_with_old_password:
            raise ProblemError(
                HTTPStatus.FORBIDDEN,
                f"{person.login} must choose an own password first; POST /api/v1/password",
            )
        require_role(person, self._role)
        return person


Machine = Annotated[str, Depends(_machine)]
Person = Annotated[User, Depends(_Needs(Role.VIEWER, even_with_old_password=True))]
Viewer = Annotated[User, Depends(_Needs(Role.VIEWER))]
Technician = Annotated[User, Depends(_Needs(Role.TECHNICIAN))]
Engineer = Annotated[User, Depends(_Needs(Role.ENGINEER))]
Manager = Annotated[User, Depends(_Needs(Role.MANAGER))]
Admin = Annotated[User, Depends(_Needs(Role.ADMIN))]
