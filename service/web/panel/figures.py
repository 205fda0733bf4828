"""A named value with its unit; what is not known is said, never shown as a zero."""

from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice


def figure(
    name: str,
    value: Html | str | None,
    *,
    voice: Voice,
    unit: str = "",
    tone: str = "",
    words: bool = False,
    meaning: str = "",
) -> Html:
    """One figure for a `dl`; `tone` is "warn", "bad" or empty for normal.

    `meaning` (see `Voice.meaning`) is shown on hover and on focus.
    """
    if value is None:
        shown = el("dd", voice.say("not_known"), class_="words soft")
    else:
        small = el("small", unit) if unit else None
        shown = el("dd", value, small, class_="words" if words else None)
    return el(
        "div",
        el("dt", name),
        shown,
        class_=f"figure is-{tone}" if tone else "figure",
        data_words=meaning or None,
        tabindex=0 if meaning else None,
    )
