"""What people decide about a roll: hold, release, downgrade, each with who, when and why."""

from service.plant.ledger.book import Draft
from service.plant.ledger.entries import Disposed
from service.plant.ledger.terms import DispositionAction, Origin
from service.plant.views.ledger import Disposition
from service.plant.views.people import Role, User
from service.web.api.ledger import role_for
from service.web.panel.icons import icon
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.voice import Voice

DOWNGRADES = ("B", "second")
LONGEST_WHY = 500


class RollDesk:
    """The decisions of one roll, and the form for the next."""

    def __init__(self, looker: Looker, *, roll_id: str) -> None:
        self._web = looker.web
        self._voice = looker.voice
        self._roll_id = roll_id
        self._decided: tuple[Disposition, ...] = ()

    def load(self) -> None:
        """Ask the ledger."""
        self._decided = self._web.plant.ledger.dispositions(self._roll_id)

    def press(self, person: User, pressed: dict[str, str]) -> str:
        """Enter a decision; who may is what the REST API says."""
        action = DispositionAction(pressed["disposition"])
        body = Disposed(roll_id=self._roll_id, action=action, grade=pressed.get("grade") or None)
        need(person, role_for(body, None))
        why = pressed.get("why", "").strip()
        if not why:
            return self._voice.say("dispose_needs_why")
        draft = Draft(
            body=body,
            at_utc=self._web.now(),
            entered_by=person.login,
            origin=Origin.TYPED,
            why=why[:LONGEST_WHY],
            demo=self._web.settings.demo,
        )
        self._web.plant.ledger.enter([draft])
        self._decided = self._web.plant.ledger.dispositions(self._roll_id)
        return self._voice.say("dispose_done")

    def section(self, person: User, voice: Voice, *, line: str) -> Html:
        """Where a line's roll stands, what was decided so far, and the form."""
        newest = self._decided[-1] if self._decided else None
        held = newest is not None and newest.action is DispositionAction.HOLD
        state = None
        if newest is not None and held:
            words = join(el("b", voice.say("roll_is_held")), " ", _told(newest, voice))
            state = el("p", words, class_="note bad", role="status")
        history = [el("li", _told(each, voice)) for each in reversed(self._decided)]
        return el(
            "section",
            el("h2", voice.say("dispositions")),
            state,
            _form(person, voice, line=line, held=held),
            el("ul", *history, class_="rm-history")
            if history
            else el("p", voice.say("no_dispositions"), class_="soft"),
            class_="card stack rm-desk",
        )


def _form(person: User, voice: Voice, *, line: str, held: bool) -> Html | None:
    if not person.may(Role.TECHNICIAN, line):
        return None
    buttons = [_button("release", "", voice.say("release_roll"), "resume")] if held else []
    if not held:
        buttons = [_button("hold", "", voice.say("hold_roll"), "hold")]
    if person.role.may_act_as(Role.ENGINEER):
        buttons += [
            _button("downgrade", grade, voice.say("downgrade_to", grade=voice.say(f"grade.{grade}")), "")
            for grade in DOWNGRADES
        ]
    elif held:
        buttons = []
    why = el(
        "label",
        el("span", voice.say("dispose_why")),
        el("input", name="why", maxlength=LONGEST_WHY, autocomplete="off"),
        class_="rm-why",
    )
    if not buttons:
        return el("p", voice.say("release_needs_engineer"), class_="soft")
    return el("form", why, el("div", *buttons, class_="row"), class_="rm-form")


def _button(action: str, grade: str, words: str, sign: str) -> Html:
    return el(
        "button",
        join(icon(sign) if sign else None, words),
        type="submit",
        class_="button",
        data_action="dispose",
        data_disposition=action,
        data_grade=grade,
    )


def _told(each: Disposition, voice: Voice) -> str:
    what = voice.say(f"disposition.{each.action.value}")
    if each.grade:
        what = f"{what}: {voice.say_or_code('grade', each.grade)}"
    return voice.say(
        "disposition_told", what=what, user=each.entered_by, moment=voice.moment(each.utc), why=each.why
    )
