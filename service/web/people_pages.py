"""What the page of people looks like."""

from collections.abc import Sequence
from urllib.parse import quote

from service.plant.views.people import Role, User
from service.web.login_pages import document, error_note, text_field
from service.web.panel.header import demo_band, header
from service.web.panel.markup import Html, el, join
from service.web.panel.tables import table
from service.web.panel.voice import Voice


def people_page(voice: Voice, person: User, users: Sequence[User], *, demo: bool, error: str) -> str:
    """Everybody with role and buttons, and the form for one more."""
    columns = [(voice.say(key), False) for key in ("login_name", "person_role")]
    rows = [[_name(user, voice), _role_forms(user, voice)] for user in users]
    content = el(
        "main",
        el("div", el("h1", voice.say("tab.people")), class_="page-head"),
        el("p", voice.say("people_help"), class_="soft"),
        error_note(error),
        table(columns, rows),
        _new_person(voice),
        class_="page",
    )
    top = join(header(voice, person, "people", "/people"), demo_band(voice, demo=demo))
    return document(voice, voice.say("tab.people"), join(top, content))


def _name(user: User, voice: Voice) -> Html:
    waits = el("span", voice.say("person_waits"), class_="soft small") if user.must_change_password else None
    return join(el("b", user.login), " ", waits)


def _role_forms(user: User, voice: Voice) -> Html:
    place = f"/people/{quote(user.login)}"
    change = el(
        "form",
        _role_choice(user.role, voice, label=user.login),
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


def _role_choice(chosen: Role, voice: Voice, *, label: str) -> Html:
    options = [
        el("option", voice.say(f"role.{role.value}"), value=role.value, selected=role is chosen)
        for role in Role
    ]
    return el("select", *options, name="role", aria_label=f"{voice.say('person_role')}: {label}")


def _new_person(voice: Voice) -> Html:
    return el(
        "form",
        el("h2", voice.say("person_new")),
        text_field("login", voice.say("login_name"), "text", "off"),
        text_field("password", voice.say("person_first_password"), "password", "new-password"),
        _role_choice(Role.TECHNICIAN, voice, label=voice.say("person_new")),
        el("div", el("button", voice.say("person_add"), class_="button primary", type="submit")),
        class_="card stack narrow",
        method="post",
        action="/people",
    )
