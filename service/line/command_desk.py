"""Commands from the plant: each is carried out at most once and always answered, in the uplink's thread.

Recipes are fetched, loaded and warmed up here, so that the line's thread only exchanges them between two
frames.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from service.events import CommandAnswered
from service.line.errors import LineError
from service.line.inbox import CommandArrived, Message, RecipeReady
from service.line.recipes import OpenBundle
from service.line.threshold_change import change_threshold
from service.line_commands import CommandOutcome, LineCommand, LineCommandKind
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, in_english, say
from vision.registry import Registry
from vision.types import VisionError

FROM_PLANT = "command from the plant"
OF_RECIPES = (LineCommandKind.CHANGE_ARTICLE, LineCommandKind.ACTIVATE_BUNDLE, LineCommandKind.SET_THRESHOLD)


class CommandLog(Protocol):
    """What the desk needs of the event log."""

    def claim_command(self, command_id: str, command: str) -> bool:
        """Note that a command is about to be carried out; False if it was already."""

    def unanswered_commands(self) -> list[tuple[str, str]]:
        """Commands that an earlier run began and never answered."""


class CommandDesk:
    """Takes commands in, refuses what can't be, hands the others to the line's thread."""

    def __init__(
        self,
        line: str,
        *,
        command_log: CommandLog,
        registry: Registry,
        open_bundle: OpenBundle,
        fetch_bundle: Callable[[str], Path],
        article: Callable[[], str],
        utc: Callable[[], datetime],
        tell: Callable[[Message], None],
        record: Callable[[CommandAnswered], None],
        keep_strip: Callable[[LineCommand], str],
    ) -> None:
        """`keep_strip` keeps a frame whole and says which; it raises LineError."""
        self._line = line
        self._log = command_log
        self._registry = registry
        self._open_bundle = open_bundle
        self._fetch_bundle = fetch_bundle
        self._article = article
        self._utc = utc
        self._tell = tell
        self._record = record
        self._keep_strip = keep_strip

    def answer_left_over(self) -> None:
        """Answer what an earlier run began: nobody knows how far it came."""
        for command_id, command in self._log.unanswered_commands():
            self._record(answered(command_id, command, CommandOutcome.REFUSED, say(Said.DIED_OVER_IT)))

    def take(self, commands: Sequence[LineCommand]) -> None:
        """Carry out those that are new.

        Raises:
            LogFullError: a command can't be noted, so it isn't begun.
        """
        for command in commands:
            if self._log.claim_command(command.id, command.command.value):
                self._begin(command)

    def _begin(self, command: LineCommand) -> None:
        if command.line != self._line:
            other = say(Said.OTHER_LINE, line=self._line, asked=command.line)
            self._answer(command, CommandOutcome.REFUSED, other)
        elif self._utc() >= command.expires_utc:
            expired = say(Said.COMMAND_EXPIRED, expired_utc=command.expires_utc)
            self._answer(command, CommandOutcome.EXPIRED, expired)
        elif command.command in OF_RECIPES:
            self._tell(self._prepared(command))
        elif command.command is LineCommandKind.SHADOW_BUNDLE:
            self._change_shadow(command)
        elif command.command is LineCommandKind.KEEP_STRIP:
            self._keep_shown(command)
        else:
            self._tell(CommandArrived(command=command))

    def _prepared(self, command: LineCommand) -> RecipeReady:
        try:
            inspector = self._open_bundle(self._wanted(command))
            if command.command is LineCommandKind.ACTIVATE_BUNDLE:
                card = inspector.card
                self._registry.activate(card.article, card.bundle_id, by=command.issued_by, why=FROM_PLANT)
        except (VisionError, LineError, OSError) as error:
            return RecipeReady(command=command, inspector=None, failure=heard(str(error)))
        return RecipeReady(command=command, inspector=inspector)

    def _change_shadow(self, command: LineCommand) -> None:
        try:
            if command.arguments.get("bundle_id"):
                card = self._open_bundle(self._wanted(command)).card
                self._registry.start_shadow(
                    card.article, card.bundle_id, by=command.issued_by, why=FROM_PLANT
                )
            else:
                self._registry.end_shadow(self._article(), by=command.issued_by, why=FROM_PLANT)
        except (VisionError, LineError, OSError) as error:
            self._answer(command, CommandOutcome.REFUSED, heard(str(error)))
            return
        self._tell(CommandArrived(command=command))

    def _keep_shown(self, command: LineCommand) -> None:
        try:
            self._answer(command, CommandOutcome.DONE, self._keep_strip(command))
        except LineError as error:
            self._answer(command, CommandOutcome.REFUSED, str(error))

    def _wanted(self, command: LineCommand) -> Path:
        if command.command is LineCommandKind.CHANGE_ARTICLE:
            return self._registry.active(_argument(command, "article"))
        if command.command is LineCommandKind.SET_THRESHOLD:
            return change_threshold(self._registry, self._article(), command, self._utc())
        bundle_id = _argument(command, "bundle_id")
        try:
            return self._registry.find(bundle_id)
        except VisionError:
            return self._fetch_bundle(bundle_id)

    def _answer(self, command: LineCommand, outcome: CommandOutcome, said: Saying) -> None:
        self._record(answered(command.id, command.command.value, outcome, said))


def answered(command_id: str, command: str, outcome: CommandOutcome, *said: Saying) -> CommandAnswered:
    """The event of an answer."""
    return CommandAnswered(
        command_id=command_id, command=command, outcome=outcome, detail=in_english(said), said=said
    )


def _argument(command: LineCommand, name: str) -> str:
    value = command.arguments.get(name, "")
    if not value:
        raise LineError(f"command {command.command.value} needs the argument {name!r}")
    return value
