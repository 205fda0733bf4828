"""System health: lines, plant, disk, what waits for the mill's systems, versions."""

from datetime import datetime

from service.plant.views.lines import LineView
from service.plant.views.outbox import DestinationView
from service.plant.views.people import User
from service.plant.views.upkeep import Holdings
from service.web.panel.figures import figure
from service.web.panel.glyphs import shown_state, state_glyph
from service.web.panel.lamps import lamp
from service.web.panel.markup import Html, el
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.snapshot import Snapshot
from service.web.panel.tables import table
from service.web.software import software_version

LITTLE_SPACE = 0.05
GB, MB = 1e9, 1e6
LONG_OWED_S = 600.0


class SystemScreen:
    """Is everything alive, and is there room?"""

    tab = "system"
    every_s = 2.0

    def __init__(self, looker: Looker) -> None:
        self._web, self._voice = looker.web, looker.voice
        self._snapshot: Snapshot | None = None
        self._holdings: Holdings | None = None
        self._owed: tuple[DestinationView, ...] = ()
        self._waiting: dict[str, int] = {}

    def load(self) -> None:
        """Ask plant, disk and every line."""
        plant = self._web.plant
        self._snapshot = self._web.snapshots.newest()
        self._holdings = plant.upkeep.holdings()
        self._owed = plant.mill.destinations()
        told = [plant.glimpses.look(line.line) for line in self._snapshot.lines]
        self._waiting = {one.line: one.now.events_waiting for one in told if one is not None}

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.system")

    def demo(self) -> bool:
        """Whether any line is a demo."""
        return self._snapshot is not None and self._snapshot.demo

    def sections(self, person: User) -> list[Html]:
        """Heading, lines, plant and disk, the mill's systems."""
        now = self._web.now()
        return [
            page_head(self._voice.say("tab.system")),
            self._lines(now),
            self._plant(),
            self._mill(now),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing is pressed here."""
        return ""

    def _lines(self, now: datetime) -> Html:
        voice = self._voice
        lines = self._snapshot.lines if self._snapshot is not None else ()
        columns = [
            (voice.say("system.line"), False),
            (voice.say("system.state"), False),
            (voice.say("last_data"), False),
            (voice.say("system.software"), False),
            (voice.say("system.waiting"), True),
            (voice.say("missing_events"), True),
        ]
        rows = [self._line(line, now) for line in lines]
        return el("section", el("h2", voice.say("system.lines")), table(columns, rows), class_="stack")

    def _line(self, line: LineView, now: datetime) -> list[Html]:
        voice, state = self._voice, shown_state(line)
        waiting = self._waiting.get(line.line)
        age = voice.age(line.age_s) if line.age_s is not None else voice.say("line_never")
        if state == "silent" and line.last_event_utc is not None:
            age = voice.say("no_data_since", moment=voice.formats.since(line.last_event_utc, now))
        return [
            el("a", line.line, href=f"/lines/{line.line}"),
            el("span", state_glyph(state), voice.say(f"state.{state}"), class_=f"state is-small is-{state}"),
            el("span", age, class_="tone-warn" if state == "silent" else None),
            el("span", line.software or "–"),
            el("span", voice.number(waiting) if waiting is not None else "–"),
            lamp("warn", voice.number(line.missing_events)) if line.missing_events else el("span", "0"),
        ]

    def _plant(self) -> Html:
        voice, held = self._voice, self._holdings
        if held is None:
            return Html("")
        share = held.free_bytes / held.total_bytes if held.total_bytes else 0.0
        return el(
            "section",
            el("h2", voice.say("system.plant")),
            el(
                "dl",
                figure(voice.say("system.software"), software_version(), words=True, voice=voice),
                figure(
                    voice.say("hardware.free"),
                    voice.number(held.free_bytes / GB, 1),
                    unit=voice.say("unit_gb"),
                    tone="bad" if share < LITTLE_SPACE else "",
                    voice=voice,
                    meaning=voice.say("meaning.free", total=voice.number(held.total_bytes / GB, 1)),
                ),
                figure(
                    voice.say("system.store"),
                    voice.number(held.store_bytes / MB, 1),
                    unit=voice.say("unit_mb"),
                    voice=voice,
                    meaning=voice.say("meaning.store"),
                ),
                figure(
                    voice.say("system.pictures"),
                    voice.number(held.pictures_bytes / MB, 1),
                    unit=voice.say("system.pictures_of", count=voice.number(held.pictures)),
                    voice=voice,
                    meaning=voice.say("meaning.pictures"),
                ),
                class_="figures",
            ),
            class_="stack",
        )

    def _mill(self, now: datetime) -> Html:
        voice = self._voice
        heading = el("h2", voice.say("system.mill"))
        if not self._owed:
            nothing = el("div", el("p", voice.say("system.mill_none")), class_="empty")
            return el("section", heading, nothing, class_="stack")
        columns = [
            (voice.say("system.receiver"), False),
            (voice.say("system.owed"), True),
            (voice.say("system.set_aside"), True),
            (voice.say("system.trouble"), False),
        ]
        rows = [self._receiver(one, now) for one in self._owed]
        return el("section", heading, table(columns, rows), class_="stack")

    def _receiver(self, one: DestinationView, now: datetime) -> list[Html]:
        voice = self._voice
        late = one.oldest_utc is not None and (now - one.oldest_utc).total_seconds() > LONG_OWED_S
        trouble = one.last_error if one.owed else ""
        return [
            el("span", one.name),
            lamp("warn", voice.number(one.owed)) if late else el("span", voice.number(one.owed)),
            lamp("bad", voice.number(one.given_up)) if one.given_up else el("span", "0"),
            el("span", trouble or voice.say("system.no_trouble"), class_="small"),
        ]
