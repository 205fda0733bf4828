"""What stands around every page: the rail of tabs, brand, language, person, and the DEMO band."""

from service.plant.views.people import User
from service.web.login_pages import language_switch
from service.web.panel.glyphs import brand
from service.web.panel.markup import Html, el, join
from service.web.panel.navigation import groups_for
from service.web.panel.voice import Voice


def header(voice: Voice, person: User, tab: str, path: str) -> Html:
    """The rail and the bar; the current tab is marked for eyes and for screen readers."""
    who = el(
        "a",
        el("div", person.login),
        el("div", voice.say(f"role.{person.role.value}"), class_="soft small"),
        href="/password",
        class_="person button",
        title=voice.say("password_title"),
    )
    leave = el("button", voice.say("logout"), type="submit", class_="button")
    log_out = el("form", leave, method="post", action="/logout")
    bar = el("header", brand(), language_switch(voice, back=path), who, log_out, class_="bar")
    return join(bar, _rail(voice, person, tab))


def _rail(voice: Voice, person: User, current: str) -> Html:
    groups = [
        el(
            "div",
            el("h2", voice.say(f"tab_group.{group}")),
            *[
                el(
                    "a",
                    voice.say(f"tab.{tab.name}"),
                    href=tab.path,
                    aria_current="page" if tab.name == current else None,
                )
                for tab in tabs
            ],
        )
        for group, tabs in groups_for(person)
    ]
    return el("nav", *groups, class_="rail", aria_label=voice.say("rail"))


def demo_band(voice: Voice, *, demo: bool) -> Html:
    """The band that nobody can overlook where anything shown is rendered or simulated."""
    if not demo:
        return Html("")
    return el("div", el("b", "DEMO"), voice.say("demo_band"), class_="demo-band", role="note")
