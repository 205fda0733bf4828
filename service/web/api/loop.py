"""The closed loop and the plan: bounds, locks, checked shots, states, actions; lots to orders, suppliers."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from service.plant.loop.checks import Told, read_checks
from service.plant.views.loop import (
    Blame,
    Bounds,
    ChecksTaken,
    KindCurve,
    Lock,
    LoopAction,
    LoopState,
    ShotCheck,
    ShotToCheck,
)
from service.plant.views.plan import LotGroups, LotOffer, Plan, Scorecard
from service.web.api.access import Engineer, Manager, Technician, ThePlant, Viewer, Web
from service.web.api.body import read_body
from service.web.api.loop_bodies import BoundsBody, ChecksBody, LockBody, Name, PlanBody
from service.web.api.problems import ProblemError

router = APIRouter(tags=["loop and plan"])
LIMIT_BYTES = 4 * 1024 * 1024
Limit = Annotated[int, Query(ge=1, le=1000)]
CSV_BODY = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}
TRADE_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get("/loop/states")
def get_states(person: Viewer, plant: ThePlant, line: str | None = None) -> list[LoopState]:
    """Every threshold under the loop: what is known, and why it moves or stays."""
    return list(plant.loop.states(line))


@router.get("/loop/actions")
def get_actions(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    kind: Annotated[str | None, Query(pattern="^(threshold|plan)$")] = None,
    limit: Limit = 100,
) -> list[LoopAction]:
    """What the loop did and advised, why, what it expected, the line's answer, and what happened."""
    return list(plant.loop.actions(line, kind, limit))


@router.get("/loop/bounds")
def get_bounds(person: Viewer, plant: ThePlant, line: str | None = None) -> list[Bounds]:
    """Bounds in force."""
    return list(plant.loop.bounds(line))


@router.post("/loop/bounds", status_code=HTTPStatus.CREATED)
def post_bounds(body: BoundsBody, person: Engineer, plant: ThePlant) -> Bounds:
    """Put bounds into force for one threshold; `start` is the one that the line has now."""
    return plant.loop.set_bounds(Bounds(**body.model_dump()), person.login)


@router.get("/loop/locks")
def get_locks(person: Viewer, plant: ThePlant, line: str | None = None) -> list[Lock]:
    """The last word on each line, article and kind: locked or free."""
    return list(plant.loop.locks(line))


@router.post("/loop/lock", status_code=HTTPStatus.CREATED)
def post_lock(body: LockBody, person: Technician, plant: ThePlant) -> Lock:
    """Keep the loop's hands off a threshold, or give it free again; without kind off all of the article."""
    return plant.loop.lock(
        body.line, body.article, body.kind, locked=body.locked, why=body.why, user=person.login
    )


@router.get("/loop/curves")
def get_curves(person: Viewer, plant: ThePlant, line: str | None = None) -> list[KindCurve]:
    """Trade curves in force, as measured."""
    return list(plant.loop.curves(line))


@router.post("/loop/curves", status_code=HTTPStatus.CREATED, openapi_extra=TRADE_BODY)
async def post_curves(
    request: Request, person: Engineer, plant: ThePlant, line: Name, article: Name, source: str = ""
) -> list[KindCurve]:
    """Put the curves into force that `maqta twin trade --json` printed."""
    content = await _text(request)
    made = await run_in_threadpool(
        plant.loop.take_curves, line, article, content, source=source or person.login, user=person.login
    )
    return list(made)


@router.get("/loop/checks")
def get_checks(
    person: Viewer, plant: ThePlant, line: str | None = None, limit: Limit = 100
) -> list[ShotCheck]:
    """What the reject bin showed of single shots, newest first."""
    return list(plant.loop.shot_checks(line, limit))


@router.get("/loop/shots-to-check")
def get_shots_to_check(person: Viewer, plant: ThePlant, line: str, limit: Limit = 20) -> list[ShotToCheck]:
    """Fired shots of the last four hours that nobody looked at."""
    return list(plant.loop.shots_to_check(line, limit))


@router.post("/loop/checks")
def post_checks(body: ChecksBody, person: Technician, web: Web) -> ChecksTaken:
    """Take verdicts on shots; each is kept once, one that names no shot is refused with its reason."""
    told = [Told(**one.model_dump()) for one in body.checks]
    origin = "camera" if body.by_camera else "rest" if person.is_machine else "typed"
    return web.plant.loop.checks.take(told, user=person.login, origin=origin, demo=web.settings.demo)


@router.post("/loop/checks.csv", openapi_extra=CSV_BODY)
async def post_checks_csv(request: Request, person: Technician, web: Web) -> ChecksTaken:
    """The same as CSV: check_id, verdict, command_id or lot_id and at_utc, seen_kind."""
    content = await _text(request)
    return await run_in_threadpool(_take_csv, web, content, person.login)


@router.get("/loop/blame")
def get_blame(person: Viewer, plant: ThePlant) -> list[Blame]:
    """Lots and suppliers by the contamination of the fabric that was made of them, with intervals."""
    return list(plant.loop.blame())


@router.get("/plan/lots")
def get_plan_lots(person: Viewer, plant: ThePlant) -> list[LotOffer]:
    """Lots that ran through a line and that nothing was made of yet."""
    return list(plant.planning.offers())


@router.get("/plan/groups")
def get_plan_groups(person: Viewer, plant: ThePlant) -> list[LotGroups]:
    """Lots that are alike: one answer, with how the number of groups was chosen."""
    return [plant.planning.groups()]


@router.post("/plan")
def post_plan(body: PlanBody, person: Manager, plant: ThePlant) -> Plan:
    """Lots to orders at least cost within their limits, or what stands in the way; kept ones are scored."""
    orders = [one.need() for one in body.orders]
    made = plant.planning.plan(orders, None if body.lots is None else [one.offer() for one in body.lots])
    if body.keep:
        plant.planning.keep(made, orders, person.login)
    return made


@router.get("/suppliers/scorecards")
def get_scorecards(person: Viewer, plant: ThePlant) -> list[Scorecard]:
    """Suppliers by what was measured of their lots of the last two months."""
    return list(plant.planning.scorecards())


def _take_csv(web: Web, content: str, user: str) -> ChecksTaken:
    told = read_checks(content)
    return web.plant.loop.checks.take(told, user=user, origin="csv", demo=web.settings.demo)


async def _text(request: Request) -> str:
    content = await read_body(request, LIMIT_BYTES)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"the body is no UTF-8 ({error.reason}); save it as UTF-8"
        ) from error
