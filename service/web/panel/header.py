"""What stands around every page: the rail of tabs, brand, language, person, and the DEMO band."""

from collections.abc import Mapping

from service.plant.views.people import User
from service.web.login_pages import language_switch, theme_switch
from service.web.panel.glyphs import brand
from service.web.panel.icons import icon
from service.web.panel.markup import Html, el, join
from service.web.panel.navigation import Tab, groups_for
from service.web.panel.voice import Voice

MOST_COUNTED = 100  # beyond it the rail shows "99+"


def header(voice: Voice, person: User, tab: str, path: str) -> Html:
    """Bar and rail of a page of plain HTML, which counts nothing."""
    return join(bar(voice, person, path), rail(voice, person, tab, {}))


def bar(voice: Voice, person: User, path: str) -> Html:
    """Brand, theme, language, person."""
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
    switches = el("div", theme_switch(voice, back=path), language_switch(voice, back=path), class_="switches")
    return el("header", brand(), switches, who, log_out, class_="bar")


def rail(voice: Voice, person: User, current: str, waiting: Mapping[str, int]) -> Html:
    """The tabs in groups; the current one is marked for eyes and for screen readers.

    `waiting` counts, by tab, what waits for somebody; a zero shows nothing.
    """
    groups = [
        el(
            "div",
            el("h2", voice.say(f"tab_group.{group}")),
            *[
                _link(tab, voice, is_current=tab.name == current, count=waiting.get(tab.name, 0))
                for tab in tabs
            ],
        )
        for group, tabs in groups_for(person)
    ]
    return el("nav", *groups, class_="rail", aria_label=voice.say("rail"))


def _link(tab: Tab, voice: Voice, *, is_current: bool, count: int) -> Html:
    return el(
        "a",
        icon(tab.icon or tab.name),
        el("span", voice.say(f"tab.{tab.name}"), class_="rail-words"),
        _count(count, voice) if count else None,
        href=tab.path,
        aria_current="page" if is_current else None,
    )


def _count(count: int, voice: Voice) -> Html:
    told = voice.say("rail_waiting", count=count)
    shown = voice.number(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
    return el("span", shown, class_="rail-count", title=told, aria_label=told)


def demo_band(voice: Voice, *, demo: bool) -> Html:
    """The band that nobody can overlook where anything shown is rendered or simulated."""
    if not demo:
        return Html("")
    return el("div", el("b", "DEMO"), voice.say("demo_band"), class_="demo-band", role="note")
