"""How far the mill's own systems have been told: what is owed, since when, and why."""

from collections.abc import Sequence

from service.plant.views.outbox import DestinationView
from service.plant.views.people import Role, User
from service.web.panel.markup import Html, el, join
from service.web.panel.tables import table
from service.web.panel.voice import Voice

COLUMNS = (("name", False), ("state", False), ("owed", True), ("oldest", False), ("error", False))


def outbox_section(destinations: Sequence[DestinationView], person: User, voice: Voice) -> Html:
    """One row a receiver."""
    heading = el("h2", voice.say("outbox_title"))
    if not destinations:
        return el("section", heading, el("p", voice.say("outbox_none"), class_="empty"), class_="stack")
    columns = [(voice.say(f"outbox_column.{key}"), number) for key, number in COLUMNS]
    rows = [_cells(each, person, voice) for each in destinations]
    return el("section", heading, table(columns, rows), class_="stack")


def _cells(each: DestinationView, person: User, voice: Voice) -> list[Html]:
    name = "given_up" if each.given_up else "owes" if each.owed else "told"
    look = {"given_up": "tone-bad", "owes": "tone-warn", "told": None}[name]
    retry = None
    if each.owed and person.role.may_act_as(Role.ADMIN):
        retry = el(
            "button", voice.say("outbox_retry"), class_="button", data_action="retry", data_name=each.name
        )
    return [
        join(each.name, el("div", voice.say(f"outbox_kind.{each.kind.value}"), class_="soft small")),
        el("div", el("span", voice.say(f"outbox_state.{name}", count=each.given_up), class_=look), retry),
        join(voice.number(each.owed)),
        join(voice.moment(each.oldest_utc)),
        join(each.last_error or "–"),
    ]
