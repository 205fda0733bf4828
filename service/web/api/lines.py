"""Lines as people see them: live state, alarms, and the commands they may give."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from service.line_commands import LineCommand, LineCommandKind
from service.plant.views.commands import CommandView
from service.plant.views.defects import DefectView
from service.plant.views.lines import AlarmView, LineView
from service.plant.views.people import Role
from service.web.api.access import Technician, ThePlant, Viewer, require_role
from service.web.api.schemas import CommandBody

router = APIRouter(tags=["lines"])
COMMANDS_OF_TECHNICIANS = frozenset({LineCommandKind.HOLD, LineCommandKind.RESUME, LineCommandKind.KEEP_FILM})


def role_for(command: LineCommandKind) -> Role:
    """The least role that may give a command."""
    return Role.TECHNICIAN if command in COMMANDS_OF_TECHNICIANS else Role.ENGINEER


@router.get("/lines")
def get_lines(person: Viewer, plant: ThePlant) -> list[LineView]:
    """The live state of every line."""
    return list(plant.lines())


@router.post("/lines/{line}/commands", status_code=HTTPStatus.ACCEPTED)
def post_command(line: str, body: CommandBody, person: Technician, plant: ThePlant) -> LineCommand:
    """Queue a command; `GET /commands` says later what the line answered."""
    require_role(person, role_for(body.command))
    if body.command is LineCommandKind.ACTIVATE_BUNDLE:  # the plant looks first whether it has that bundle
        return plant.activate_bundle(line, body.arguments.get("bundle_id", ""), person.login)
    if body.command is LineCommandKind.SHADOW_BUNDLE and "bundle_id" in body.arguments:
        return plant.shadow_bundle(line, body.arguments["bundle_id"], person.login)
    return plant.command(line, body.command, body.arguments, person.login)


@router.get("/commands")
def get_all_commands(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[CommandView]:
    """Commands with the lines' answers, newest first."""
    return list(plant.commands(line, limit))


@router.get("/alarms")
def get_alarms(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[AlarmView]:
    """Active alarms first, then cleared ones."""
    return list(plant.alarms(line, limit))


@router.get("/crops")
def get_newest_crops(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 24,
) -> list[DefectView]:
    """The newest defects whose picture the plant holds."""
    return list(plant.newest_crops(line, limit))
