"""The live strip under somebody's eyes: it stands still while they look, and one of its frames is judged."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.glimpses import Preview
from service.plant.views.people import Role, User
from service.plant.views.strips import StripWord
from service.web.panel.page import need
from service.web.panel.strip import Said
from service.web.panel.voice import Voice

STILL_FOR = timedelta(seconds=20)  # plant and line hold a shown frame half a minute
TOLD = {"unknown_picture": "strip_gone", "marked_again": "strip_reviewed"}


@dataclass(slots=True, kw_only=True)
class StripDesk:
    """What one open page shows of a line's strip."""

    plant: Plant
    line: str
    _still: tuple[Preview, ...] = ()
    _until: datetime | None = None
    _picked: int | None = None  # a preview's number; None: the newest

    def shown(self, newest: tuple[Preview, ...], now: datetime) -> tuple[Preview, ...]:
        """The frames to show: those that stand still, or the newest."""
        return self._still if self.stands_still(now) else newest

    def stands_still(self, now: datetime) -> bool:
        """Whether somebody looks closely; after a while the strip goes on by itself."""
        if self._until is not None and now >= self._until:
            self.go_on()
        return bool(self._still)

    def picked(self, shown: tuple[Preview, ...]) -> Preview | None:
        """The frame that the buttons speak of; None: nothing is shown."""
        for preview in shown:
            if preview.number == self._picked:
                return preview
        return shown[0] if shown else None

    def stop(self, shown: tuple[Preview, ...], now: datetime) -> None:
        """Let it stand still."""
        self._still, self._until = shown, now + STILL_FOR

    def go_on(self) -> None:
        """Let it run again."""
        self._still, self._until, self._picked = (), None, None

    def pick(self, number: int) -> None:
        """Speak of another frame."""
        self._picked = number

    def judge(self, person: User, number: int, voice: Voice, *, good: bool) -> str:
        """Say it of the whole frame; returns what to tell the person.

        Raises:
            ProblemError: the person's role does not suffice.
            PlantError: out_of_scope, and what else keeps the word from being kept.
        """
        need(person, Role.TECHNICIAN)
        self._picked = number
        try:
            word = self.plant.strips.judge(self.line, number, person.login, good=good)
        except PlantError as error:
            if error.problem not in TOLD:
                raise
            return voice.say(TOLD[error.problem])
        said = voice.say("strip_said.good" if good else "strip_said.defect")
        return voice.say("strip_kept", metres=voice.number(word.end_mm / 1000, 2), said=said)

    def said(self) -> Said:
        """The word that counts on each frame that was judged lately."""
        found: dict[tuple[int, float], StripWord] = {}
        for word in self.plant.strips.words(self.line):  # newest first
            found.setdefault((word.frame_seq, word.web_mm), word)
        return found
