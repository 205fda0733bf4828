"""Escaped HTML from Python values: what every section of a page is written with."""

from html import escape

VOID_TAGS = frozenset(
    {"img", "input", "br", "hr", "path", "rect", "circle", "line", "polygon", "use", "link"}
)


class Html(str):
    """A piece of HTML that needs no more escaping."""

    __slots__ = ()


Child = str | Html | None


def el(tag: str, *children: Child, **attributes: str | float | bool | None) -> Html:
    """Write one element; plain strings are escaped, `Html` goes in as it is.

    Attribute names lose a trailing underscore, and inner ones become hyphens: `class_`, `data_defect`.
    None and False leave an attribute out, True writes it bare.
    """
    opening = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in VOID_TAGS and not children:
        return Html(f"<{tag}{opening}/>")
    return Html(f"<{tag}{opening}>{join(*children)}</{tag}>")


def join(*children: Child) -> Html:
    """Put pieces one after the other, escaping what is not `Html`."""
    return Html("".join(_child(child) for child in children))


def _child(child: Child) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Html) else escape(child, quote=False)


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    written = name.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{escape(str(value))}"'
