"""What the page of people and tokens looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from service.plant.views.people import AccessToken, NewToken, Role, User
from service.web.login_pages import document, error_note, text_field
from service.web.panel.header import demo_band, header
from service.web.panel.markup import Html, el, join
from service.web.panel.tables import table
from service.web.panel.voice import Voice

ROLES_OF_TOKENS = tuple(role for role in Role if role is not Role.ADMIN)
USUAL_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who and what may get at the plant, as the page shows it."""

    users: Sequence[User]
    tokens: Sequence[AccessToken]
    lines: Sequence[str]  # of the plant
    now: datetime


def people_page(
    voice: Voice, person: User, access: Access, *, demo: bool, error: str, told: NewToken | None = None
) -> str:
    """Everybody with role and lines, the tokens of programs, forms for one more; `told` is shown once."""
    content = el(
        "main",
        el("div", el("h1", voice.say("tab.people")), class_="page-head"),
        el("p", voice.say("people_help"), class_="soft"),
        error_note(error),
        _people(voice, access),
        _told(voice, told),
        el("h2", voice.say("tokens_title")),
        el("p", voice.say("tokens_help"), class_="soft"),
        _tokens(voice, access),
        el("div", _new_person(voice, access.lines), _new_token(voice, access.lines), class_="access-forms"),
        class_="page",
    )
    top = join(header(voice, person, "people", "/people"), demo_band(voice, demo=demo))
    return document(voice, voice.say("tab.people"), join(top, content))


def _people(voice: Voice, access: Access) -> Html:
    columns = [(voice.say(key), False) for key in ("login_name", "person_role", "person_since")]
    rows = [
        [_name(user, voice), _role_forms(user, voice, access.lines), join(voice.moment(user.since_utc))]
        for user in access.users
    ]
    return table(columns, rows)


def _name(user: User, voice: Voice) -> Html:
    waits = el("div", voice.say("person_waits"), class_="soft small") if user.must_change_password else None
    return join(el("b", user.login), waits)


def _role_forms(user: User, voice: Voice, lines: Sequence[str]) -> Html:
    place = f"/people/{quote(user.login)}"
    change = el(
        "form",
        _role_choice(user.role, voice, label=user.login),
        _line_choice(user.lines, lines, voice),
        el("button", voice.say("person_save"), type="submit", class_="button"),
        method="post",
        action=f"{place}/role",
        class_="row",
    )
    remove = el(
        "form",
        el("button", voice.say("person_remove"), type="submit", class_="button"),
        method="post",
        action=f"{place}/remove",
    )
    return el("div", change, remove, class_="row spread")


def _role_choice(chosen: Role, voice: Voice, *, label: str, roles: Sequence[Role] = tuple(Role)) -> Html:
    options = [
        el("option", voice.say(f"role.{role.value}"), value=role.value, selected=role is chosen)
        for role in roles
    ]
    return el("select", *options, name="role", aria_label=f"{voice.say('person_role')}: {label}")


def _line_choice(chosen: Sequence[str], lines: Sequence[str], voice: Voice) -> Html:
    """A box a line; with none ticked every line is meant, and the legend says so."""
    boxes = [
        el("label", el("input", type="checkbox", name="lines", value=line, checked=line in chosen), line)
        for line in lines
    ]
    legend = (
        voice.say("person_lines") if chosen else f"{voice.say('person_lines')}: {voice.say('every_line')}"
    )
    return el(
        "fieldset", el("legend", legend), *boxes, class_="access-lines", title=voice.say("person_lines_help")
    )


def _tokens(voice: Voice, access: Access) -> Html:
    if not access.tokens:
        return el("p", voice.say("tokens_none"), class_="empty")
    names = ("program", "role", "lines", "token_state")
    columns = [(voice.say(f"column.{name}"), False) for name in names]
    return table(columns, [_token_cells(token, voice, access.now) for token in access.tokens])


def _token_cells(token: AccessToken, voice: Voice, now: datetime) -> list[Html]:
    used = (
        voice.say("token_used", moment=voice.moment(token.used_utc))
        if token.used_utc is not None
        else voice.say("token_unused")
    )
    revoke = el(
        "form",
        el("button", voice.say("token_revoke"), type="submit", class_="button"),
        method="post",
        action=f"/people/tokens/{token.id}/revoke",
    )
    state = el("div", _state(token, voice, now), el("div", used, class_="soft small"))
    return [
        el("b", token.name),
        join(voice.say(f"role.{token.role.value}")),
        join(", ".join(token.lines) or voice.say("every_line")),
        el("div", state, revoke if token.is_valid(now) else None, class_="row spread"),
    ]


def _state(token: AccessToken, voice: Voice, now: datetime) -> Html:
    if token.revoked_utc is not None:
        told = voice.say("token_state.revoked", moment=voice.moment(token.revoked_utc))
        return el("span", told, class_="soft")
    if not token.is_valid(now):
        return el("span", voice.say("token_state.expired", moment=voice.moment(token.expires_utc)))
    return el("span", voice.say("token_state.valid", moment=voice.moment(token.expires_utc)))


def _told(voice: Voice, told: NewToken | None) -> Html | None:
    if told is None:
        return None
    words = el("p", voice.say("token_told", name=told.token.name))
    return el(
        "div", words, el("code", told.secret, class_="access-secret"), class_="note stack", role="status"
    )


def _new_person(voice: Voice, lines: Sequence[str]) -> Html:
    return el(
        "form",
        el("h2", voice.say("person_new")),
        text_field("login", voice.say("login_name"), "text", "off"),
        text_field("password", voice.say("person_first_password"), "password", "new-password"),
        _role_choice(Role.TECHNICIAN, voice, label=voice.say("person_new")),
        _line_choice((), lines, voice),
        el("p", voice.say("person_lines_help"), class_="soft small"),
        el("div", el("button", voice.say("person_add"), class_="button primary", type="submit")),
        class_="card stack",
        method="post",
        action="/people",
    )


def _new_token(voice: Voice, lines: Sequence[str]) -> Html:
    days = el(
        "div",
        el("label", voice.say("token_days"), for_="days"),
        el("input", id="days", name="days", type="number", min="1", max="366", value=str(USUAL_DAYS)),
    )
    return el(
        "form",
        el("h2", voice.say("token_new")),
        text_field("name", voice.say("token_name"), "text", "off"),
        days,
        _role_choice(Role.VIEWER, voice, label=voice.say("token_new"), roles=ROLES_OF_TOKENS),
        _line_choice((), lines, voice),
        el("div", el("button", voice.say("token_make"), class_="button primary", type="submit")),
        class_="card stack",
        method="post",
        action="/people/tokens",
    )
