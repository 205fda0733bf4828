"""Which stretch of time a page shows: a named window, or whole days of one's own, kept in the address."""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from service.plant.plant import Plant
from service.plant.shifts import FIRST_YEAR, LAST_YEAR
from service.plant.views.kpis import Window, WindowName
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

DAY = re.compile(r"\s*(\d{1,2})\.(\d{1,2})\.(\d{4})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChoice:
    """What the address asks for; `fault` is the text that says what is wrong with own dates."""

    name: WindowName
    first: date | None = None
    last: date | None = None
    typed: tuple[str, str] = ("", "")
    fault: str = ""

    @classmethod
    def read(cls, window: str, first: str, last: str, otherwise: WindowName) -> "WindowChoice":
        """Read the address; odd own dates leave the named window in force and say so."""
        known = {name.value: name for name in WindowName}
        name = known.get(window, otherwise)
        typed = (first.strip()[:20], last.strip()[:20])
        if not any(typed):
            return cls(name=name)
        begins, ends = (_day(text) for text in typed)
        if begins is None or ends is None:
            return cls(name=name, typed=typed, fault="window_bad_day")
        if ends < begins:
            return cls(name=name, typed=typed, fault="window_wrong_way")
        return cls(name=name, first=begins, last=ends, typed=typed)

    def window(self, plant: Plant) -> Window:
        """The window as of now."""
        if self.first is None or self.last is None:
            return plant.window(self.name)
        return plant.ledger.calendar.days(self.first, self.last)

    @property
    def address(self) -> dict[str, str]:
        """The choice as the address of a page of the panel holds it."""
        if self.first is None:
            return {"window": self.name.value}
        return {"first": self.typed[0], "last": self.typed[1]}

    @property
    def query(self) -> str:
        """The same, written."""
        return urlencode(self.address)

    def api_query(self, plant: Plant) -> str:
        """The choice for an address of the API."""
        if self.first is None:
            return urlencode({"window": self.name.value})
        return self.bounds_query(plant)

    def bounds_query(self, plant: Plant) -> str:
        """The same where the API knows no named windows."""
        window = self.window(plant)
        moments = {"from_utc": window.from_utc, "to_utc": window.to_utc}
        return urlencode({name: moment.isoformat() for name, moment in moments.items()})

    def chooser(self, path: str, voice: Voice) -> Html:
        """Links to the named windows and a form for own days."""
        links = [
            el(
                "a",
                voice.say(f"window.{name.value}"),
                href=f"{path}?window={name.value}",
                class_="button",
                aria_current="true" if name is self.name and self.first is None else None,
            )
            for name in WindowName
        ]
        bad = el("p", voice.say(self.fault), class_="note", role="alert") if self.fault else None
        return el(
            "div", el("div", *links, self._form(path, voice), class_="row"), bad, class_="window-choice"
        )

    def _form(self, path: str, voice: Voice) -> Html:
        first, last = (
            el(
                "input",
                name=name,
                value=typed,
                placeholder=voice.say("window_day_pattern"),
                aria_label=voice.say(label),
                title=voice.say(label),
                inputmode="numeric",
                maxlength=10,
                autocomplete="off",
                class_="day",
            )
            for name, typed, label in (
                ("first", self.typed[0], "window_first_day"),
                ("last", self.typed[1], "window_last_day"),
            )
        )
        show = el("button", voice.say("window_show"), type="submit", class_="button")
        return el("form", first, "–", last, show, action=path, class_="row own-days")


def _day(text: str) -> date | None:
    found = DAY.fullmatch(text)
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
