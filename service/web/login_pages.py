"""What the login and password forms look like."""

from nicegui import __version__ as nicegui_version

from service.plant.views.people import User
from service.web.i18n.catalogue import Language
from service.web.panel.glyphs import brand
from service.web.panel.icons import icon
from service.web.panel.markup import Html, el, join
from service.web.panel.styles import STYLES
from service.web.panel.voice import Voice
from service.web.theme import Theme

FONTS = (
    f"/_nicegui/{nicegui_version}/static/fonts.css"  # Roboto, also for Kazakh letters; served by this host
)


def login_page(voice: Voice, *, demo: bool, error: str) -> str:
    """The form that asks for login and password."""
    form = el(
        "form",
        el("h1", voice.say("login_title")),
        error_note(error),
        text_field("login", voice.say("login_name"), "text", "username"),
        text_field("password", voice.say("login_password"), "password", "current-password"),
        el("button", voice.say("login_button"), class_="button primary", type="submit"),
        el("p", voice.say("login_help"), class_="soft small"),
        class_="card stack",
        method="post",
        action="/login",
    )
    return _small_page(voice, voice.say("login_title"), join(_demo(voice, demo), form), back="/login")


def password_page(voice: Voice, person: User, *, demo: bool, error: str) -> str:
    """The form for an own password."""
    why = voice.say("password_must") if person.must_change_password else voice.say("password_may")
    form = el(
        "form",
        el("h1", voice.say("password_title")),
        el("p", why, class_="soft"),
        error_note(error),
        text_field("old_password", voice.say("password_old"), "password", "current-password"),
        text_field("new_password", voice.say("password_new"), "password", "new-password"),
        el("button", voice.say("password_button"), class_="button primary", type="submit"),
        class_="card stack",
        method="post",
        action="/password",
    )
    return _small_page(voice, voice.say("password_title"), join(_demo(voice, demo), form), back="/password")


def _demo(voice: Voice, demo: bool) -> Html | None:
    return el("p", el("b", "DEMO"), " ", voice.say("demo_band"), class_="note") if demo else None


def language_switch(voice: Voice, back: str) -> Html:
    """One button a language; the pressed one is the language shown."""
    buttons = [
        el(
            "button",
            language.value,
            type="submit",
            name="language",
            value=language.value,
            lang=language.value,
            title=language.own_name,
            aria_pressed="true" if language is voice.language else "false",
        )
        for language in Language
    ]
    hidden = el("input", type="hidden", name="back", value=back)
    return el("form", hidden, el("div", *buttons, class_="languages"), method="post", action="/language")


def theme_switch(voice: Voice, back: str) -> Html:
    """One button a theme; the pressed one holds."""
    buttons = [
        el(
            "button",
            icon(f"theme_{theme.value}"),
            el("span", voice.say(f"theme.{theme.value}"), class_="visually-hidden"),
            type="submit",
            name="theme",
            value=theme.value,
            title=voice.say(f"theme.{theme.value}"),
            aria_pressed="true" if theme is voice.theme else "false",
        )
        for theme in Theme
    ]
    hidden = el("input", type="hidden", name="back", value=back)
    return el("form", hidden, el("div", *buttons, class_="languages"), method="post", action="/theme")


def text_field(name: str, label: str, kind: str, autocomplete: str) -> Html:
    """An input with its label."""
    return el(
        "div",
        el("label", label, for_=name),
        el("input", id=name, name=name, type=kind, autocomplete=autocomplete, required=True),
    )


def error_note(text: str) -> Html | None:
    """What went wrong, where anything did."""
    return el("p", text, class_="note bad", role="alert") if text else None


def document(voice: Voice, title: str, content: Html, *, look: str = "") -> str:
    """A page of plain HTML in the panel's style."""
    head = el(
        "head",
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        el("title", f"{title} · Maqta"),
        el("link", rel="stylesheet", href=FONTS),
        STYLES,
    )
    body = el("body", content, class_=look or None)
    html = el("html", join(head, body), lang=voice.language.value, data_theme=voice.theme.value)
    return "<!doctype html>" + html


def _small_page(voice: Voice, title: str, form: Html, back: str) -> str:
    top = el("div", brand(), language_switch(voice, back), class_="row spread")
    return document(voice, title, el("main", top, form, class_="stack"), look="login")
