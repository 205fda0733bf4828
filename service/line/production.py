"""What is being made: article, recipe, roll or lot; and the plant's commands about it."""

import logging
import math

from firmware_bridge.types import BridgeError, ShotOutcome, ShotResult
from service.line.command_desk import answered
from service.line.film import Kept
from service.line.gathering import MOST_FRAMES
from service.line.inbox import RecipeReady, Recovered, Trouble
from service.line.parts import LoopParts
from service.line.web_book import Owner
from service.line_commands import CommandOutcome, LineCommand, LineCommandKind
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say
from vision.calibration import Calibration
from vision.lint_colour import ColourRegression

log = logging.getLogger(__name__)
NO_SUPPLIER = "lot_without_supplier"

TEST_MS = "20"  # long enough to hear a valve


class Production:
    """Used by the line's thread alone, between two frames."""

    def __init__(self, parts: LoopParts) -> None:
        self._parts = parts
        self._next_name = ""  # that a command gave to the next roll or lot
        self.article = parts.article

    def begin_at(self, from_count: int) -> None:
        """A frame begins here: begin a roll or lot if none is under way or the last one has its length."""
        parts = self._parts
        start_mm = parts.odometer.mm(max(from_count, parts.book.cursor))
        if parts.rolls.is_full(start_mm):
            self.end_roll()
        if not parts.rolls.running:
            owner = parts.rolls.begin(start_mm, article=self.article, name=self._next_name)
            parts.book.change_owner(owner)
            self._ask_for_supplier(owner)
            self._next_name = ""

    def end_roll(self) -> None:
        """Cut here: what is open at the seam belongs to the roll that ends."""
        parts = self._parts
        parts.findings.defects(parts.judge.flush(), parts.rolls.owner)
        parts.book.close()
        if parts.lint_watch is not None:
            parts.lint_watch.close()
        parts.rolls.end(parts.odometer.mm(parts.book.cursor))
        parts.book.change_owner(parts.rolls.owner)

    def obey(self, command: LineCommand) -> None:
        """Carry a command out and answer it."""
        parts = self._parts
        parts.counts.commands += 1
        said: tuple[Saying, ...] = ()
        if command.command is LineCommandKind.HOLD:
            parts.situation.hold("command", say(Said.HELD_BY, user=command.issued_by), alarm=False)
        elif command.command is LineCommandKind.RESUME:
            still = parts.situation.resume()
            parts.gate.rearm()
            said = (say(Said.STILL_HELD, because=still),) if still else ()
        elif command.command is LineCommandKind.KEEP_FILM:
            self._keep_film(command)
            return
        elif command.command is LineCommandKind.BIN_READ:
            self._read_bin(command)
            return
        elif command.command is LineCommandKind.TEST_VALVE:
            self._test_valve(command)
            return
        elif command.command is LineCommandKind.GATHER_GOOD:
            self._gather(command)
            return
        elif command.command is LineCommandKind.END_ROLL:
            self.end_roll()
            self._next_name = command.arguments.get("name", "")
        elif command.command is LineCommandKind.SHADOW_BUNDLE:  # the registry knows by now
            parts.shadow.follow(self.article)
        self._answer(command, CommandOutcome.DONE, *said)

    def change_recipe(self, ready: RecipeReady) -> None:
        """Exchange the recipe; one that could not be loaded leaves the old one at work."""
        parts = self._parts
        parts.counts.commands += 1
        if ready.inspector is None:
            self._answer(ready.command, CommandOutcome.REFUSED, *filter(None, [ready.failure]))
            return
        card = ready.inspector.card
        asked = ready.command.command
        if asked is not LineCommandKind.CHANGE_ARTICLE and card.article != self.article:
            said = say(
                Said.ACTIVE_FOR_OTHER, bundle_id=card.bundle_id, article=card.article, running=self.article
            )
            self._answer(ready.command, CommandOutcome.DONE, said)
            return
        if card.article != self.article:
            self.end_roll()
        else:
            parts.findings.defects(parts.judge.flush(), parts.rolls.owner)
        parts.judge = parts.judge.with_inspector(ready.inspector)
        parts.judge.recalibrate(parts.eyesight.calibration)
        parts.eyesight.article_changed(parts.judge.usual)
        parts.lift(ready.inspector)
        self.article = card.article
        parts.shadow.follow(self.article)
        log.info("recipe %s of %s is at work", card.bundle_id, card.article)
        said = say(Said.AT_WORK, bundle_id=card.bundle_id)
        if asked is LineCommandKind.SET_THRESHOLD:
            kind, score, was = (ready.command.arguments[name] for name in ("kind", "score", "was"))
            said = say(Said.THRESHOLD_AT_WORK, bundle_id=card.bundle_id, kind=kind, score=score, was=was)
        self._answer(ready.command, CommandOutcome.DONE, said)

    def _keep_film(self, command: LineCommand) -> None:
        """The film's thread keeps it and answers when it is kept."""
        film, utc = self._parts.film, self._parts.clocks.utc()
        if film is None:
            self._answer(command, CommandOutcome.REFUSED, say(Said.NOT_FILMED))
            return
        try:
            seconds = min(max(float(command.arguments.get("seconds") or film.ring_s), 0.0), film.ring_s)
        except ValueError:
            said = say(Said.BAD_SECONDS, given=command.arguments["seconds"])
            self._answer(command, CommandOutcome.REFUSED, said)
            return

        def kept(clip: Kept) -> None:
            if clip.failure is not None:
                self._answer(command, CommandOutcome.REFUSED, clip.failure)
                return
            said = say(Said.FILM_KEPT, frames=clip.frames, seconds=clip.seconds, folder=str(clip.folder))
            self._answer(command, CommandOutcome.DONE, said)

        film.keep(f"{utc:%Y%m%dT%H%M%S.%fZ}", seconds, kept)

    def _gather(self, command: LineCommand) -> None:
        """Keep whole frames from now on; the plant sees by their pictures how many came."""
        frames = command.arguments.get("frames", "")
        try:
            self._parts.gathering.begin(int(frames))
        except ValueError:
            self._answer(
                command, CommandOutcome.REFUSED, say(Said.BAD_FRAMES, given=frames, most=MOST_FRAMES)
            )
            return
        self._answer(command, CommandOutcome.DONE, say(Said.GATHERING, frames=int(frames)))

    def _read_bin(self, command: LineCommand) -> None:
        given, lane = command.arguments.get("grams", ""), command.arguments.get("lane", "")
        try:
            grams, of_lane = float(given), int(lane) if lane else None
        except ValueError:
            grams, of_lane = math.nan, None
        lanes = self._parts.policy.lanes
        if not 0 <= grams < math.inf or (of_lane is not None and not 0 <= of_lane < lanes):
            said = say(Said.BAD_BIN_READING, grams=given, lane=lane, last_lane=lanes - 1)
            self._answer(command, CommandOutcome.REFUSED, said)
            return
        self._answer(command, CommandOutcome.DONE, self._parts.bin_watch.read(grams, of_lane))

    def _ask_for_supplier(self, owner: Owner) -> None:
        """A lot whose supplier nobody knows is sorted, but neither its grade nor its faults can be his."""
        parts = self._parts
        if owner.lot_id is None:
            return
        if parts.rolls.supplier:
            parts.situation.recovered(Recovered(code=NO_SUPPLIER))
            return
        said = say(Said.LOT_WITHOUT_SUPPLIER, lot=owner.lot_id)
        parts.situation.trouble(Trouble(code=NO_SUPPLIER, said=said))

    def use_references(self, references: ColourRegression) -> None:
        """Tell lint's colour by reference samples measured anew."""
        if self._parts.lint_watch is not None:
            self._parts.lint_watch.references_measured(references)

    def _test_valve(self, command: LineCommand) -> None:
        """Pulse one valve while nothing is sorted; the controller answers."""
        lane, ms = command.arguments.get("lane", ""), command.arguments.get("ms") or TEST_MS
        if not self._parts.situation.held:
            self._answer(command, CommandOutcome.REFUSED, say(Said.TEST_WHILE_SORTING))
            return

        def told(result: ShotResult) -> None:
            done = result.outcome is ShotOutcome.SCHEDULED
            said = say(Said.VALVE_TESTED, lane=lane, ms=ms, shot_outcome=result.outcome.value)
            self._answer(command, CommandOutcome.DONE if done else CommandOutcome.REFUSED, said)

        try:
            self._parts.valve_test.pulse(int(lane), float(ms), told)
        except ValueError:
            self._answer(command, CommandOutcome.REFUSED, say(Said.BAD_VALVE_TEST, lane=lane, ms=ms))
        except BridgeError as error:
            self._answer(command, CommandOutcome.REFUSED, heard(str(error)))

    def recalibrate(self, made: Calibration) -> None:
        """Work by a newer calibration, if its scale is the running one's."""
        parts = self._parts
        if parts.eyesight.recalibrated(made):
            parts.judge.recalibrate(made)
            parts.shadow.follow(self.article)  # it is loaded anew, by the new calibration

    def _answer(self, command: LineCommand, outcome: CommandOutcome, *said: Saying) -> None:
        self._parts.recorder.record(answered(command.id, command.command.value, outcome, *said))
