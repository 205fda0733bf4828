"""The trade curve of a lot's line: what a threshold costs, moved within bounds, with the line's answer."""

from dataclasses import replace
from datetime import datetime

from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.plant import Plant
from service.plant.views.commands import CommandView
from service.plant.views.loop import Bounds, KindCurve, LoopState
from service.plant.views.people import Role, User
from service.web.panel.crops import demo_tag
from service.web.panel.glyphs import kind_glyph
from service.web.panel.markup import Html, el
from service.web.panel.page import need
from service.web.panel.spoken import answer_told
from service.web.panel.trade_curve import spot_at, trade_curve
from service.web.panel.voice import Voice
from service.web.panel.why import why_field

LONGEST_WHY = 80  # characters of a command's argument
COMMANDS_LOOKED_AT = 50


class TradeDesk:
    """The curves of one line and what people ask of its thresholds."""

    def __init__(self, plant: Plant, voice: Voice) -> None:
        self._plant, self._voice = plant, voice
        self._line = ""
        self._curves: dict[tuple[str, str], KindCurve] = {}
        self._bounds: dict[tuple[str, str], Bounds] = {}
        self._states: tuple[LoopState, ...] = ()
        self._asked: tuple[CommandView, ...] = ()

    def load(self, line: str) -> None:
        """Ask for curves, bounds, states and the line's answers."""
        self._line = line
        loop = self._plant.loop
        self._curves = {(curve.article, curve.kind): curve for curve in loop.curves(line)}
        self._bounds = {(bounds.article, bounds.kind): bounds for bounds in loop.bounds(line)}
        self._states = loop.states(line) if self._bounds else ()
        self._asked = tuple(
            view
            for view in self._plant.commands(line, COMMANDS_LOOKED_AT)
            if view.command.command is LineCommandKind.SET_THRESHOLD
        )

    def cards(self, person: User, now: datetime) -> Html:
        """One card a threshold that has a curve and bounds."""
        voice = self._voice
        heading = el("h2", voice.say("trade_title"))
        shown = [state for state in self._states if (state.article, state.kind) in self._curves]
        if not shown:
            return el("section", heading, el("p", voice.say("trade_none"), class_="empty"), class_="stack")
        cards = [self._card(state, person, now) for state in shown]
        return el("section", heading, el("div", *cards, class_="balances"), class_="stack")

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Ask the line for a threshold, or let the loop go on from the one that the line took."""
        need(person, Role.ENGINEER)
        voice = self._voice
        key = (pressed.get("article", ""), pressed.get("kind", ""))
        bounds = self._bounds.get(key)
        why = pressed.get("why", "").strip()[:LONGEST_WHY]
        if bounds is None:
            return ""
        if not why:
            return voice.say("why_wanted")
        if action == "trade_go_on":
            return self._go_on(bounds, why, person)
        score = _number(pressed.get("score", ""))
        if score is None or not bounds.low <= score <= bounds.high:
            low, high = voice.number(bounds.low, 2), voice.number(bounds.high, 2)
            return voice.say("trade_bad_score", low=low, high=high)
        self._plant.loop.lock(
            self._line, bounds.article, bounds.kind, locked=True, why=why, user=person.login
        )  # the loop must not move it back while a person does
        arguments = {
            "article": bounds.article,
            "kind": bounds.kind,
            "score": f"{score:.4f}",
            "was": f"{self._threshold(bounds):.4f}",
            "low": f"{bounds.low:g}",
            "high": f"{bounds.high:g}",
            "why": why,
        }
        self._plant.command(self._line, LineCommandKind.SET_THRESHOLD, arguments, person.login)
        return voice.say("command_sent")

    def _go_on(self, bounds: Bounds, why: str, person: User) -> str:
        loop = self._plant.loop
        loop.set_bounds(replace(bounds, start=self._threshold(bounds), why=why), person.login)
        loop.lock(self._line, bounds.article, bounds.kind, locked=False, why=why, user=person.login)
        return self._voice.say("loop_unlocked")

    def _threshold(self, bounds: Bounds) -> float:
        """What the line took last by a person's hand since the bounds were set, else what the loop knows."""
        taken = self._taken(bounds)
        if taken is not None:
            return float(taken.command.arguments["score"])
        return next(
            state.threshold
            for state in self._states
            if (state.article, state.kind) == (bounds.article, bounds.kind)
        )

    def _taken(self, bounds: Bounds) -> CommandView | None:
        done = (view for view in self._of(bounds) if view.outcome is CommandOutcome.DONE)
        return next(done, None)

    def _of(self, bounds: Bounds) -> list[CommandView]:
        """Commands about a threshold since its bounds were set, newest first."""
        return [
            view
            for view in self._asked
            if (view.command.arguments.get("article"), view.command.arguments.get("kind"))
            == (bounds.article, bounds.kind)
            and (bounds.set_utc is None or view.command.issued_utc >= bounds.set_utc)
        ]

    def _card(self, state: LoopState, person: User, now: datetime) -> Html:
        voice = self._voice
        curve = self._curves[state.article, state.kind]
        bounds = self._bounds[state.article, state.kind]
        threshold = self._threshold(bounds)
        spot = spot_at(curve.points, threshold)
        cost = spot.missed * bounds.miss_price + spot.good_fibre_kg * bounds.fibre_price_per_kg
        told = voice.say(
            "trade_cost",
            threshold=voice.number(threshold, 2),
            missed=voice.number(spot.missed, 2),
            kg=voice.number(spot.good_fibre_kg, 3),
            cost=voice.number(cost, 0),
            miss=voice.number(bounds.miss_price, 0),
            fibre=voice.number(bounds.fibre_price_per_kg, 0),
        )
        name = el("h3", kind_glyph(state.kind), voice.say_or_code("kind", state.kind), demo_tag(curve.demo))
        return el(
            "article",
            name,
            el("p", f"{self._line} · {state.article}", class_="soft small"),
            trade_curve(curve.points, bounds, threshold, voice),
            el("p", told),
            self._answer(bounds, now),
            self._form(bounds, person),
            class_="card stack advice-card",
        )

    def _answer(self, bounds: Bounds, now: datetime) -> Html | None:
        asked = self._of(bounds)
        if not asked:
            return None
        newest, voice = asked[0], self._voice
        told = answer_told(newest, voice, voice.formats.since(newest.command.issued_utc, now))
        refused = newest.outcome not in (None, CommandOutcome.DONE)
        return el("p", told, class_="note bad" if refused else "note", role="status")

    def _form(self, bounds: Bounds, person: User) -> Html | None:
        voice = self._voice
        if not person.may(Role.ENGINEER, self._line):
            return None
        low, high = voice.number(bounds.low, 2), voice.number(bounds.high, 2)
        about = {"data_article": bounds.article, "data_kind": bounds.kind}
        score = el(
            "input",
            name="score",
            inputmode="decimal",
            autocomplete="off",
            placeholder=f"{low} – {high}",
            aria_label=voice.say("trade_score"),
            class_="day",
        )
        move = el(
            "button",
            voice.say("trade_move"),
            type="submit",
            class_="button",
            data_action="trade_move",
            **about,
        )
        go_on = None
        if self._taken(bounds) is not None:
            go_on = el(
                "button", voice.say("trade_go_on"), class_="button", data_action="trade_go_on", **about
            )
        return el("form", score, why_field(voice), move, go_on, class_="row")


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
