"""The way to a supplier's page; what came without a supplier is said."""

from urllib.parse import quote

from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice


def supplier_path(name: str) -> str:
    """The address of a supplier's page; names may hold slashes and letters of any language."""
    return f"/suppliers/{quote(name, safe='')}"


def supplier_link(name: str, voice: Voice, query: str = "") -> Html:
    """A link, or "not known"; `query` stays in the address."""
    if not name:
        return el("span", voice.say("not_known"), class_="soft")
    path = supplier_path(name)
    return el("a", name, href=f"{path}?{query}" if query else path, class_="way")
