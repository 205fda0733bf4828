"""Buttons that ask something of a line: the same plant functions as the API, and the same roles."""

from service.line_commands import LineCommandKind
from service.plant.errors import PlantError
from service.plant.views.people import User
from service.web.api.lines import role_for
from service.web.context import WebContext
from service.web.panel.page import need
from service.web.panel.voice import Voice

ARGUMENT = "arg"  # data-arg-lane comes as argLane
PRESSED_HERE = frozenset(
    {
        LineCommandKind.HOLD,
        LineCommandKind.RESUME,
        LineCommandKind.KEEP_FILM,
        LineCommandKind.END_ROLL,
        LineCommandKind.TEST_VALVE,
    }
)


def press_line(web: WebContext, voice: Voice, person: User, pressed: dict[str, str]) -> str:
    """Queue the pressed command; the line's answer appears beside the buttons.

    Raises:
        ProblemError: the person's role does not suffice.
        PlantError: unknown_line, bad_command.
    """
    asked = pressed.get("command", "")
    if asked not in PRESSED_HERE:
        raise PlantError("bad_command", f"command {asked!r} has no button here")
    command = LineCommandKind(asked)
    need(person, role_for(command))
    arguments = {
        name.removeprefix(ARGUMENT).lower(): value
        for name, value in pressed.items()
        if name.startswith(ARGUMENT)
    }
    web.plant.command(pressed.get("line", ""), command, arguments, person.login)
    web.snapshots.forget()
    return voice.say("command_sent")
