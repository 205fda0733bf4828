"""What stands on top of every page: brand, tabs, language, person, and the DEMO band."""

from service.plant.views.people import Role, User
from service.web.login_pages import language_switch
from service.web.panel.glyphs import brand
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

TABS = {"live": "/", "rolls": "/rolls", "lots": "/lots", "kpis": "/kpis", "quality": "/quality"}
ADMIN_TABS = {"people": "/people"}


def tabs_of(person: User) -> dict[str, str]:
    """The tabs a person sees."""
    return TABS | ADMIN_TABS if person.role is Role.ADMIN else TABS


def header(voice: Voice, person: User, tab: str, path: str) -> Html:
    """The bar with the tabs; the current one is marked for eyes and for screen readers."""
    tabs = [
        el("a", voice.say(f"tab.{name}"), href=target, aria_current="page" if name == tab else None)
        for name, target in tabs_of(person).items()
    ]
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
    inside = join(brand(), el("nav", *tabs, class_="tabs"), language_switch(voice, back=path), who, log_out)
    return el("header", inside, class_="bar")


def demo_band(voice: Voice, *, demo: bool) -> Html:
    """The band that nobody can overlook where anything shown is rendered or simulated."""
    if not demo:
        return Html("")
    return el("div", el("b", "DEMO"), voice.say("demo_band"), class_="demo-band", role="note")
