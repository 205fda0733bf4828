from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.events import CommandAnswered
from service.line.command_desk import CommandDesk
from service.line.errors import LineError, LogFullError
from service.line.event_log import EventLog
from service.line.inbox import CommandArrived, Message, RecipeReady
from service.line_commands import CommandOutcome, LineCommand, LineCommandKind
from service.said.codes import Said
from service.said.sayings import say
from vision.inspector import Inspector
from vision.registry import Registry
from vision.types import VisionError

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOLD = LineCommand(
    id="c1",
    line="loom-1",
    command=LineCommandKind.HOLD,
    issued_by="aigerim",
    issued_utc=NOON,
    expires_utc=NOON + timedelta(minutes=1),
)


class Office:
    """A desk over a real log and an empty registry."""

    def __init__(self, event_log: EventLog, folder: Path) -> None:
        self.told: list[Message] = []
        self.answers: list[CommandAnswered] = []
        self.utc = NOON
        self.fetched: list[str] = []
        self.folder = folder
        self.desk = CommandDesk(
            "loom-1",
            command_log=event_log,
            registry=Registry(folder / "registry"),
            open_bundle=self.open_bundle,
            fetch_bundle=self.fetch_bundle,
            article=lambda: "greige",
            utc=lambda: self.utc,
            tell=self.told.append,
            record=self.answers.append,
            keep_strip=self.keep_strip,
        )

    def open_bundle(self, folder: Path) -> Inspector:
        raise VisionError(f"{folder}: card and model do not fit")

    def fetch_bundle(self, bundle_id: str) -> Path:
        self.fetched.append(bundle_id)
        raise LineError(f"the plant has no bundle {bundle_id}")

    def keep_strip(self, command: LineCommand) -> str:
        if command.arguments["frame"] == "7":
            return "kept"
        raise LineError("no longer held")

    def outcome(self) -> tuple[CommandOutcome, str]:
        (answer,) = self.answers
        return answer.outcome, answer.detail


@pytest.fixture
def office(event_log: EventLog, tmp_path: Path) -> Office:
    return Office(event_log, tmp_path)


def test_a_command_reaches_the_line_once_however_often_the_plant_repeats_it(office: Office) -> None:
    office.desk.take([HOLD])
    office.desk.take([HOLD, HOLD])
    assert office.told == [CommandArrived(command=HOLD)]


def test_an_expired_command_is_answered_and_not_carried_out(office: Office) -> None:
    office.utc = HOLD.expires_utc
    office.desk.take([HOLD])
    assert office.told == []
    assert office.outcome() == (
        CommandOutcome.EXPIRED,
        "expired at 2026-11-23 12:01 UTC; ask again if it is still wanted",
    )


def test_another_lines_command_is_refused(office: Office) -> None:
    office.desk.take([replace(HOLD, line="loom-2")])
    assert office.outcome() == (CommandOutcome.REFUSED, "this is line loom-1, not loom-2")


def test_an_unknown_article_keeps_the_old_recipe(office: Office) -> None:
    command = replace(HOLD, command=LineCommandKind.CHANGE_ARTICLE, arguments={"article": "denim"})
    office.desk.take([command])
    (ready,) = office.told
    assert isinstance(ready, RecipeReady)
    assert ready.inspector is None
    assert ready.failure is not None
    assert "'denim'" in ready.failure.text


def test_a_missing_argument_is_named(office: Office) -> None:
    office.desk.take([replace(HOLD, command=LineCommandKind.CHANGE_ARTICLE)])
    (ready,) = office.told
    assert isinstance(ready, RecipeReady)
    assert ready.failure is not None
    assert ready.failure.text == "command change_article needs the argument 'article'"


def test_a_bundle_that_is_not_here_is_fetched_from_the_plant(office: Office) -> None:
    command = replace(HOLD, command=LineCommandKind.ACTIVATE_BUNDLE, arguments={"bundle_id": "feed"})
    office.desk.take([command])
    (ready,) = office.told
    assert isinstance(ready, RecipeReady)
    assert office.fetched == ["feed"]
    assert ready.failure is not None
    assert ready.failure.text == "the plant has no bundle feed"


def test_a_shadow_that_cant_be_is_refused_and_nothing_changes(office: Office) -> None:
    begin = replace(HOLD, command=LineCommandKind.SHADOW_BUNDLE, arguments={"bundle_id": "feed"})
    end = replace(HOLD, id="c2", command=LineCommandKind.SHADOW_BUNDLE)
    office.desk.take([begin, end])
    assert office.told == []
    assert [(answer.outcome, answer.detail) for answer in office.answers] == [
        (CommandOutcome.REFUSED, "the plant has no bundle feed"),
        (
            CommandOutcome.REFUSED,
            f"article 'greige' isn't in {office.folder / 'registry'}; learn it with 'maqta learn'",
        ),
    ]


@pytest.mark.parametrize(
    ("frame", "answer"),
    [("7", (CommandOutcome.DONE, "kept")), ("8", (CommandOutcome.REFUSED, "no longer held"))],
)
def test_a_judged_strip_is_answered_beside_the_lines_thread(
    office: Office, frame: str, answer: tuple[CommandOutcome, str]
) -> None:
    office.desk.take([replace(HOLD, command=LineCommandKind.KEEP_STRIP, arguments={"frame": frame})])
    assert office.outcome() == answer
    assert office.told == []


def test_what_a_dead_process_left_open_is_answered_at_the_next_start(
    office: Office, event_log: EventLog
) -> None:
    event_log.claim_command("old", "end_roll")
    office.desk.answer_left_over()
    (answer,) = office.answers
    assert (answer.command_id, answer.outcome) == ("old", CommandOutcome.REFUSED)
    assert answer.said == (say(Said.DIED_OVER_IT),)


def test_a_command_that_cant_be_noted_is_not_begun(office: Office, event_log: EventLog) -> None:
    pages = event_log._db.execute("PRAGMA page_count").fetchone()[0]
    event_log._db.execute(f"PRAGMA max_page_count = {pages}")
    commands = [replace(HOLD, id=f"{number}-" + "x" * 3000) for number in range(20)]
    with pytest.raises(LogFullError):
        office.desk.take(commands)
    noted = {command_id for command_id, _ in event_log.unanswered_commands()}
    assert {message.command.id for message in office.told if isinstance(message, CommandArrived)} == noted
