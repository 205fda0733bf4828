"""What to do next and what came of it: recommendations, closed loop, plan, forecasts, cost by cause."""

from service.plant.errors import PlantError
from service.plant.outlook.copq import CostOfPoorQuality
from service.plant.outlooks import Forecast
from service.plant.views.advice import Advice
from service.plant.views.kpis import WindowName
from service.plant.views.loop import LoopAction, LoopState
from service.plant.views.people import Role, User
from service.web.panel.advice_cards import advice_cards
from service.web.panel.cost_bars import cost_card
from service.web.panel.forecast_rows import forecast_section
from service.web.panel.loop_cards import action_table, state_cards
from service.web.panel.markup import Html, el
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.plan_section import PlanDesk
from service.web.panel.why import MOST_WHY

ACTIONS_SHOWN = 20
LONGEST_NUMBER = 9


class AdviceScreen:
    """Decide here, and see later whether it was right."""

    tab = "advice"
    every_s = 2.0

    def __init__(self, looker: Looker) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._desk = PlanDesk(self._plant, looker.voice)
        self._advice: tuple[Advice, ...] = ()
        self._states: tuple[LoopState, ...] = ()
        self._actions: tuple[LoopAction, ...] = ()
        self._cost: CostOfPoorQuality | None = None
        self._forecasts: tuple[Forecast, ...] | None = None  # None: not asked yet, it takes seconds
        self._no_forecast = False
        self._loads = 0

    def load(self) -> None:
        """Ask the plant; what takes seconds is asked for after the first paint, forecasts last."""
        self._advice = self._plant.quality.outlooks.advice()
        self._actions = self._plant.loop.actions(limit=ACTIONS_SHOWN)
        if self._loads > 0:
            self._states = self._plant.loop.states()
            self._cost = self._month_cost()
            self._desk.load()
        if self._loads > 1:
            self._look_ahead()
        self._loads += 1

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.advice")

    def demo(self) -> bool:
        """Whether rendered or simulated input had a part."""
        given = [each.demo for each in self._advice] + [state.demo for state in self._states]
        return any(given) or any(action.demo for action in self._actions)

    def sections(self, person: User) -> list[Html]:
        """Recommendations, loop, what it did, plan, forecasts, cost."""
        voice = self._voice
        head = page_head(voice.say("tab.advice"), hint=voice.say("advice_help"))
        cards = advice_cards(self._advice, person, voice)
        if self._loads < 2:
            waits = el("p", voice.say("page_loads"), class_="empty", role="status")
            return [head, cards, waits, *[Html("")] * 6]
        return [
            head,
            cards,
            state_cards(self._states, person, voice),
            action_table(self._actions, voice),
            self._desk.offers(),
            self._desk.form(person),
            self._desk.made(person),
            forecast_section(self._forecasts, voice, not_installed=self._no_forecast),
            cost_card(self._cost, voice),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Decide on advice, lock a threshold, make a plan."""
        if action in ("accept", "decline"):
            return self._decide(person, action, pressed)
        if action in ("lock", "unlock"):
            return self._lock(person, action, pressed)
        if action.startswith("plan_"):
            need(person, Role.MANAGER)
            return self._desk.press(person, action, pressed)
        return ""

    def _decide(self, person: User, action: str, pressed: dict[str, str]) -> str:
        need(person, Role.MANAGER)
        number, why = pressed.get("advice", ""), _why(pressed)
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
            return ""
        accept = action == "accept"
        if not accept and not why:
            return self._voice.say("why_wanted")
        self._plant.quality.outlooks.decide(int(number), accept=accept, note=why, user=person.login)
        return self._voice.say("told_decided")

    def _lock(self, person: User, action: str, pressed: dict[str, str]) -> str:
        need(person, Role.TECHNICIAN)
        why = _why(pressed)
        if not why:
            return self._voice.say("why_wanted")
        line, article, kind = (pressed.get(name, "") for name in ("line", "article", "kind"))
        locked = action == "lock"
        self._plant.loop.lock(line, article, kind, locked=locked, why=why, user=person.login)
        return self._voice.say("loop_locked" if locked else "loop_unlocked")

    def _month_cost(self) -> CostOfPoorQuality | None:
        try:
            window = self._plant.window(WindowName.MONTH)
            return self._plant.quality.outlooks.cost_of_poor_quality(window, None)
        except PlantError:
            return None  # no prices: the card says so

    def _look_ahead(self) -> None:
        try:
            self._forecasts = self._plant.quality.outlooks.forecasts()
        except PlantError:
            self._forecasts, self._no_forecast = (), True


def _why(pressed: dict[str, str]) -> str:
    return pressed.get("why", "").strip()[:MOST_WHY]
