"""Every kind of event that a line may send becomes rows of the plant or stays in raw events on purpose."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import select

from service import events as ev
from service.camera_events import CalibrationUsed, PictureMeasured
from service.event_terms import MassFlow, MeasuredKind, ReadingQuality
from service.measured_events import LampRead, MassWeighed, SensorRead
from service.plant.plant import Plant
from service.plant.store.tables import METADATA

PROJECTED = {  # kind → a table that has a row by it
    **{"line_started": "starts", "line_stopped": "starts", "state_changed": "states"},
    **{"roll_started": "rolls", "roll_ended": "rolls", "lot_started": "lots", "lot_ended": "lots"},
    **{"span_inspected": "spans", "span_not_inspected": "spans", "defect_found": "defects"},
    **{"frame_judged": "shots", "shot_answered": "shots", "shot_given_up": "shots"},
    **{"alarm_raised": "alarm_events", "alarm_cleared": "alarm_events"},
    **{"picture_kept": "picture_notes", "picture_dropped": "picture_notes"},
    **{"command_answered": "command_answers", "shadow_compared": "shadow_comparisons"},
    **{"mass_weighed": "ledger_flows", "sensor_read": "sensor_readings"},
}
ON_PURPOSE_NOT = {  # kind → why it has no rows of its own
    "calibration_used": "only the newest is shown: plant.eyesight reads it from the raw events",
    "picture_measured": "only the newest is shown: plant.eyesight reads it from the raw events",
    "lamp_read": "only the newest is shown: plant.eyesight reads it from the raw events",
    "lint_measured": "few a lot: the lot's page reads them from the raw events",
}


def kinds() -> set[str]:
    (union, _) = get_args(ev.Body)
    return {next(item.default for item in fields(body) if item.name == "kind") for body in get_args(union)}


def one_of(kind: str, log: Any) -> Any:
    """An event of this kind, with whatever it needs before it."""
    made: dict[str, Callable[[], Any]] = {
        "line_started": log.started,
        "line_stopped": log.stopped,
        "state_changed": lambda: log.state("running"),
        "roll_started": log.roll_started,
        "roll_ended": log.roll_ended,
        "lot_started": log.lot_started,
        "lot_ended": lambda: log.add(ev.LotEnded(lot_id="l1", end_mm=1.0)),
        "span_inspected": lambda: log.span(0, 1000),
        "span_not_inspected": lambda: log.missed(0, 1000),
        "defect_found": lambda: log.defect("d1", 10.0),
        "frame_judged": lambda: log.judged("c1"),
        "shot_answered": lambda: log.answered("c1"),
        "shot_given_up": lambda: log.given_up("c1"),
        "alarm_raised": lambda: log.alarm("camera"),
        "alarm_cleared": lambda: log.alarm("camera", raised=False),
        "picture_kept": lambda: log.picture_kept("0" * 64),
        "picture_dropped": lambda: log.picture_dropped("0" * 64),
        "command_answered": lambda: log.command_answered("k1"),
        "shadow_compared": log.compared,
        "mass_weighed": lambda: log.add(
            MassWeighed(scale_id="s1", flow=MassFlow.GOOD, mass_kg=1.0, roll_id=None, lot_id=None, given="")
        ),
        "sensor_read": lambda: log.add(
            SensorRead(
                sensor_id="s1", measured=MeasuredKind.MASS, value=None, unit="kg",
                quality=ReadingQuality.BAD, detail="missing: no line for 10 s",
            )
        ),
    }  # fmt: skip
    return made[kind]()


def test_every_kind_is_projected_or_left_on_purpose() -> None:
    assert PROJECTED.keys() & ON_PURPOSE_NOT.keys() == set()
    assert kinds() == PROJECTED.keys() | ON_PURPOSE_NOT.keys()


def test_a_projected_kind_makes_a_row(plant: Plant, new_log: Callable[..., Any]) -> None:
    log, missing = new_log(), []
    for kind, table in sorted(PROJECTED.items()):
        before = rows(plant, table)
        plant.ingest("loom-1", [one_of(kind, log)])
        if rows(plant, table) == before:
            missing.append(kind)
    assert missing == []


def rows(plant: Plant, table: str) -> Any:
    """All that a table holds."""
    with plant.mill.database.read() as tx:
        return sorted(map(repr, tx.execute(select(METADATA.tables[table]))))


def test_what_stays_in_the_raw_events_is_shown_all_the_same(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    log = new_log()
    used = CalibrationUsed(
        camera_id="cam-1", version="v7", scale_mm_per_px=0.1, scale_mm_per_row=0.1, solved_utc=None,
        expires_utc=datetime(2026, 3, 1, tzinfo=UTC), expired="colour", figures={},
    )  # fmt: skip
    measured = PictureMeasured(
        camera_id="cam-1", frame_seq=1, faults="", mean_grey=100.0, low_grey=1.0, high_grey=200.0,
        black_share=0.0, saturated_share=0.0, noise_grey=1.0, sharpness=5.0, usual_sharpness=None,
    )  # fmt: skip
    lamp = LampRead(camera_id="cam-1", state="dim", rd_change=-1.5, b_change=0.2, detail="older")
    plant.ingest(
        "loom-1",
        [
            log.started(),
            log.roll_started(),
            log.add(lamp),
            log.add(used),
            log.add(measured),
            log.span(0, 4000),
            log.span(4000, 10_000, calibration_expired=True),
            log.alarm("calibration_expired"),
            log.roll_ended("r1", 10_000),
        ],
    )
    clock.pass_s(60)
    seen = plant.eyesight.of("loom-1")
    assert seen.calibration is not None
    assert (seen.calibration.version, seen.calibration_expired, seen.expired_length_m) == ("v7", True, 6.0)
    assert seen.picture == measured
    assert (seen.lamp, seen.lamp_utc is not None) == (lamp, True)
    assert [alarm.code for alarm in plant.alarms() if alarm.active] == ["calibration_expired"]
    told = plant.roll("r1").grade.workings
    assert "6.000 m were inspected after a part of the camera's calibration had run out" in told
