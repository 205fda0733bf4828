"""What a part of a page says when it has nothing to show: not yet, nothing, no longer, not at all."""

from datetime import datetime

from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice


def empty(title: str, cure: str, action: Html | None = None) -> Html:
    """Nothing is there; `cure` says what brings something."""
    return el("div", el("h2", title), el("p", cure), action, class_="empty")


def waits(words: str) -> Html:
    """Something is on its way."""
    return el("p", words, class_="waiting", role="status")


def no_data_since(moment: datetime | None, voice: Voice, now: datetime) -> Html:
    """The newest data are too old to be shown as of now."""
    if moment is None:
        return waits(voice.say("waiting_for_data"))
    return el("p", voice.say("no_data_since", moment=voice.formats.since(moment, now)), class_="since")


def failure(told: str) -> Html:
    """Something could not be done; `told` names what, why and the cure."""
    return el("p", told, class_="note bad", role="alert")
