"""A light that is shape, colour and word at once: grey when all is well."""

from service.web.panel.markup import Html, el

SHAPES = {
    "": '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2"/>',
    "warn": '<path d="M8 2l7 12H1z" fill="currentColor"/>',
    "bad": '<path d="M2 2h12v12H2z" fill="currentColor"/>',
}


def lamp(tone: str, words: str) -> Html:
    """`tone` is "warn", "bad" or empty for normal."""
    sign = el("svg", Html(SHAPES[tone]), viewBox="0 0 16 16", aria_hidden="true")
    return el("span", sign, el("span", words), class_=f"lamp is-{tone}" if tone else "lamp")
