"""A line's page and its hardware page: what the line tells is shown, and what is pressed reaches the line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from screen_rig import person, shown
from told_line import line_now, preview

from service.event_terms import LineState
from service.line_commands import LineCommandKind
from service.line_now import LINE_NOW_CODEC
from service.plant.acting import acting
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.web.api.problems import ProblemError
from service.web.panel.hardware import HardwareScreen
from service.web.panel.line import LineScreen
from service.web.panel.page import Looker, Steady
from service.web.panel.strip_desk import STILL_FOR, StripDesk
from service.web.panel.system import SystemScreen

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def test_an_open_line_page_asks_the_line_and_shows_what_it_tells(plant: Plant, looker: Looker) -> None:
    screen, viewer = LineScreen(looker, "loom-1"), person(plant, "viewer")
    assert "Asking the line" in shown(screen, viewer)
    assert plant.glimpses.is_watched("loom-1")
    before = screen.edition()
    plant.glimpses.take("loom-1", line_now(preview(7)))
    seen = shown(screen, viewer)
    assert isinstance(screen, Steady)
    assert screen.edition() != before
    assert "/api/v1/lines/loom-1/previews/1" in seen
    assert "left:10.00%;top:20.00%;width:20.00%;height:20.00%" in seen
    assert "kind-hole" in seen
    assert "Armed" in seen
    assert "80 %" in seen  # 20 of the usual 25


def test_the_sections_of_a_page_stay_as_many_whatever_the_line_tells(plant: Plant, looker: Looker) -> None:
    admin = person(plant, "admin")
    for screen in (LineScreen(looker, "loom-1"), HardwareScreen(looker, "loom-1"), SystemScreen(looker)):
        screen.load()
        before = len(screen.sections(admin))
        plant.glimpses.take("loom-1", line_now(preview(7)))
        screen.load()
        assert len(screen.sections(admin)) == before


def test_trouble_gets_its_colour_with_a_word(plant: Plant, looker: Looker) -> None:
    told = line_now()
    told = replace(
        told,
        sorter=replace(told.sorter, state="fault", refused=4),
        camera=replace(told.camera, faults=("black",)),
    )
    plant.glimpses.take("loom-1", told)
    seen = shown(LineScreen(looker, "loom-1"), person(plant, "viewer"))
    assert "Fault: emergency stop or safe state" in seen
    assert "The picture is black" in seen
    assert "lamp is-bad" in seen


def test_keeping_the_film_and_testing_a_valve_are_queued_with_their_arguments(
    plant: Plant, looker: Looker
) -> None:
    screen = LineScreen(looker, "loom-1")
    screen.load()
    pressed = {"line": "loom-1", "command": "keep_film", "argSeconds": "30"}
    assert screen.press(person(plant, "technician"), "command", pressed)
    valve = {"line": "loom-1", "command": "test_valve", "argLane": "3", "argMs": "20"}
    hardware = HardwareScreen(looker, "loom-1")
    with pytest.raises(ProblemError):
        hardware.press(person(plant, "technician"), "command", valve)
    assert hardware.press(person(plant, "engineer"), "command", valve)
    assert {asked.command: asked.arguments for asked in plant.commands_for("loom-1")} == {
        LineCommandKind.KEEP_FILM: {"seconds": "30"},
        LineCommandKind.TEST_VALVE: {"lane": "3", "ms": "20"},
    }


def test_a_button_that_is_not_on_the_page_cannot_be_forged(plant: Plant, looker: Looker) -> None:
    screen = LineScreen(looker, "loom-1")
    for command in ("activate_bundle", "no_such_command", ""):
        with pytest.raises(PlantError, match="no button here"):
            screen.press(person(plant, "admin"), "command", {"line": "loom-1", "command": command})
    assert plant.commands_for("loom-1") == ()


def test_a_frame_is_judged_as_a_whole_and_shows_who_said_what(plant: Plant, looker: Looker) -> None:
    screen, technician = LineScreen(looker, "loom-1"), person(plant, "technician")
    for seq in (7, 8):
        plant.glimpses.take("loom-1", line_now(preview(seq)))
    seen = shown(screen, technician)
    assert "up to 0.90 m" in seen.split('class="strip-judge"')[1]  # the newest, if none was picked
    screen.press(technician, "pick_strip", {"number": "1"})
    plant.glimpses.take("loom-1", line_now(preview(9)))
    still = shown(screen, technician)
    assert "previews/3" not in still
    assert "up to 0.80 m" in still.split('class="strip-judge"')[1]
    told = screen.press(technician, "judge_strip", {"number": "1", "good": "1"})
    assert told == "Frame up to 0.80 m: good. The line is asked for it."
    (word,) = plant.strips.words("loom-1")
    assert (word.frame_seq, word.good, word.user) == (7, True, "technician")
    judged = shown(screen, technician)
    assert judged.count("technician: good, waits for its picture") == 1
    assert 'aria-pressed="true" data-action="judge_strip" data-number="1" data-good="1"' in judged
    screen.press(technician, "point_strip", {"over": "0"})
    assert "previews/3" in shown(screen, technician)


def test_a_strip_left_alone_goes_on_by_itself(plant: Plant) -> None:
    desk, now = StripDesk(plant=plant, line="loom-1"), NOW
    plant.glimpses.take("loom-1", line_now(preview(7)))
    glimpse = plant.glimpses.look("loom-1")
    assert glimpse is not None
    desk.stop(glimpse.previews, now)
    assert desk.shown((), now + STILL_FOR - timedelta(seconds=1)) == glimpse.previews
    assert desk.shown((), now + STILL_FOR) == ()


def test_a_frame_that_is_gone_is_told_and_nothing_is_kept(plant: Plant, looker: Looker) -> None:
    screen, technician = LineScreen(looker, "loom-1"), person(plant, "technician")
    shown(screen, technician)
    told = screen.press(technician, "judge_strip", {"number": "1", "good": "0"})
    assert told == "This frame is no longer held. Judge a newer one."
    assert plant.strips.words("loom-1") == ()


def test_only_who_may_act_on_the_line_can_judge_its_frames(plant: Plant, looker: Looker) -> None:
    plant.glimpses.take("loom-1", line_now(preview(7)))
    plant.people.set_lines("technician", ["opener-1"], "test")
    screen = LineScreen(looker, "loom-1")
    for role in ("viewer", "technician"):
        who = person(plant, role)
        seen = shown(screen, who)
        assert "previews/1" in seen
        assert "_strip" not in seen  # no button, nothing to pick
        with acting("", who), pytest.raises((ProblemError, PlantError)):
            screen.press(who, "judge_strip", {"number": "1", "good": "1"})
    assert plant.strips.words("loom-1") == ()


async def test_the_api_judges_a_frame_as_the_panel_does(plant: Plant, log_in: Any) -> None:
    plant.glimpses.take("loom-1", line_now(preview(7)))
    browser = await log_in("technician")
    url = "/api/v1/lines/loom-1"
    answer = await browser.post(f"{url}/previews/1/verdict", json={"good": False})
    assert answer.status_code == 202, answer.text
    assert (answer.json()["frame_seq"], answer.json()["good"], answer.json()["label_id"]) == (7, False, None)
    assert (await browser.get(f"{url}/verdicts")).json() == [answer.json()]
    assert [asked.command for asked in plant.commands_for("loom-1")] == [LineCommandKind.KEEP_STRIP]
    for gone, body, status in ((2, {"good": True}, 404), (1, {}, 422), (1, {"good": 1, "x": 2}, 422)):
        refused = await browser.post(f"{url}/previews/{gone}/verdict", json=body)
        assert refused.status_code == status, refused.text


def test_valves_can_be_pressed_on_a_held_line_only(plant: Plant, looker: Looker) -> None:
    engineer = person(plant, "engineer")
    for line, held in (("loom-1", False), ("opener-1", True)):
        plant.glimpses.take(line, line_now())
        seen = shown(HardwareScreen(looker, line), engineer)
        state = next(view.state for view in plant.lines() if view.line == line)
        assert (state is LineState.HELD) is held
        buttons = [part for part in seen.split("<button")[1:] if 'data-command="test_valve"' in part]
        assert len(buttons) == 2
        assert all((" disabled" in button) is not held for button in buttons)


def test_an_unknown_line_has_no_page(looker: Looker) -> None:
    for screen in (LineScreen(looker, "loom-9"), HardwareScreen(looker, "loom-9")):
        with pytest.raises(PlantError) as caught:
            screen.load()
        assert caught.value.problem == "unknown_line"


async def test_the_line_hears_that_somebody_looks_and_tells(
    client: httpx.AsyncClient, tokens: dict[str, str], log_in: Any
) -> None:
    machine = {"Authorization": f"Bearer {tokens['loom-1']}"}
    asked = await client.get("/api/v1/lines/loom-1/commands", headers=machine)
    assert asked.headers["x-maqta-watched"] == "0"
    browser = await log_in("viewer")
    assert (await browser.get("/api/v1/lines/loom-1/now")).json() is None
    browser.cookies.clear()
    asked = await client.get("/api/v1/lines/loom-1/commands", headers=machine)
    assert asked.headers["x-maqta-watched"] == "1"
    body = LINE_NOW_CODEC.dump_json(line_now(preview(7)))
    assert (await client.post("/api/v1/lines/loom-1/now", content=body, headers=machine)).status_code == 204
    for line, content, status in (("opener-1", body, 403), ("loom-1", b"{}", 422), ("loom-1", b"[", 422)):
        answer = await client.post(f"/api/v1/lines/{line}/now", content=content, headers=machine)
        assert answer.status_code == status, answer.text
    browser = await log_in("viewer")
    told = (await browser.get("/api/v1/lines/loom-1/now")).json()
    assert told["now"]["speed_mm_s"] == 250.0
    picture = await browser.get("/api/v1/lines/loom-1/previews/1?detail=true")
    assert (picture.headers["content-type"], picture.content) == ("image/jpeg", b"\xff\xd8\xffdetail 7")


@pytest.mark.parametrize(
    ("theme", "back", "goes"), [("dark", "/kpis", "/kpis"), ("light", "//evil.test", "/")]
)
async def test_a_theme_is_kept_for_this_browser(
    client: httpx.AsyncClient, theme: str, back: str, goes: str
) -> None:
    answer = await client.post("/theme", data={"theme": theme, "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, goes)
    page = await client.get("/login")
    assert f'data-theme="{theme}"' in page.text


async def test_a_theme_that_does_not_exist_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/theme", data={"theme": "pink"})).status_code == 422
    client.cookies.set("maqta_theme", "pink")
    assert 'data-theme="auto"' in (await client.get("/login")).text
