"""The pages as the plant process serves them: who gets in, in which language, and what they say."""

import dataclasses
import html
import re
import threading
from typing import Any

import httpx
import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.settings import PlantSettings
from service.web.i18n.catalogue import Language, load_catalogue
from service.web.main import run_plant

PAGES = {
    "/": "tab.live",
    "/lines/loom-1": "strip_title",
    "/hardware": "hardware.focus",
    "/hardware/opener-1": "calibration.title",
    "/system": "system.mill",
    "/rolls": "tab.rolls",
    "/rolls/roll-1": "roll_map",
    "/lots": "tab.lots",
    "/kpis": "tab.kpis",
    "/quality": "tab.quality",
    "/review": "tab.review",
}
CATALOGUE = load_catalogue()


def markup(answer: httpx.Response) -> str:
    """A page; NiceGUI sends it as JSON inside the HTML, so tags come escaped."""
    return html.unescape(answer.text).replace('\\"', '"').replace("\\u202f", "\u202f")


def words(answer: httpx.Response) -> str:
    """The text of a page."""
    return re.sub(r"<[^>]+>", " ", markup(answer))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", sorted(PAGES))
def test_each_page_speaks_each_language_and_says_demo(
    admin_page: httpx.Client, path: str, language: Language
) -> None:
    admin_page.cookies.set("maqta_language", language.value)
    answer = admin_page.get(path)
    assert answer.status_code == 200
    seen = words(answer)
    assert CATALOGUE.text(PAGES[path], language) in seen
    assert CATALOGUE.text("demo_band", language) in seen
    others = [CATALOGUE.text("logout", other) for other in Language if other is not language]
    assert not any(other in seen for other in others)


@pytest.mark.parametrize("path", sorted(PAGES))
def test_without_a_session_every_page_leads_to_the_login(filled_panel: Any, path: str) -> None:
    answer = httpx.get(filled_panel.url + path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", ["/rolls/no-such-roll", "/no-such-page", "/rolls/roll-1/no-such-page"])
def test_what_does_not_exist_is_a_page_that_says_so(admin_page: httpx.Client, path: str) -> None:
    admin_page.cookies.set("maqta_language", "ru")
    answer = admin_page.get(path)
    assert answer.status_code == 404
    assert "Такой страницы нет" in words(answer)


def test_a_page_that_cannot_be_made_says_so_and_tells_no_secrets(
    admin_page: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(Plant, "rolls", broken)
    admin_page.cookies.set("maqta_language", "en")
    answer = admin_page.get("/rolls")
    assert answer.status_code == 500
    assert "This page could not be shown" in words(answer)
    assert "the secret inside" not in answer.text


def test_a_database_that_is_away_is_no_missing_page(
    admin_page: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **more: object) -> None:
        raise PlantError("database", "the database can't be used (disk I/O error)")

    monkeypatch.setattr(Plant, "rolls", away)
    admin_page.cookies.set("maqta_language", "en")
    answer = admin_page.get("/rolls")
    assert answer.status_code == 503
    assert "This page could not be shown" in words(answer)
    assert "This page does not exist" not in words(answer)


@pytest.mark.parametrize("path", ["/no-such-page", "/rolls/no-such-roll", "/rolls"])
def test_a_demo_plant_says_so_on_pages_that_show_nothing_too(
    admin_page: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Plant, "rolls", broken)
    monkeypatch.setattr(PlantSettings, "demo", True)
    answer = admin_page.get(path)
    assert answer.status_code in (404, 500)
    assert "DEMO" in words(answer)


@pytest.mark.parametrize("number", ["abc", "-1", "0", "9" * 30, "1e3", "\u0663"])
def test_an_odd_page_number_shows_the_first_page(admin_page: httpx.Client, number: str) -> None:
    admin_page.cookies.set("maqta_language", "en")
    answer = admin_page.get("/rolls", params={"page": number})
    assert answer.status_code == 200
    assert "R-0001" in words(answer)


def test_the_live_page_shows_state_cause_and_alarm(admin_page: httpx.Client) -> None:
    admin_page.cookies.set("maqta_language", "en")
    seen = words(admin_page.get("/"))
    assert "Held" in seen
    assert "triggers, but no frame for 4 s: check the camera" in seen
    assert "no frame for 4 s (since" in seen
    assert "R-0001" in seen


def test_a_held_lines_cause_is_kazakh_and_an_old_alarms_detail_stays_english(
    admin_page: httpx.Client,
) -> None:
    admin_page.cookies.set("maqta_language", "kk")
    seen = words(admin_page.get("/"))
    assert "Себебі: түсірілім іске қосылады, бірақ 4 с бойы кадр жоқ: камераны тексеріңіз" in seen
    assert "triggers, but no frame" not in seen
    assert '<span lang="en">no frame for 4 s</span>' in markup(admin_page.get("/"))


def test_the_workings_of_a_grade_are_of_the_viewers_language(admin_page: httpx.Client) -> None:
    admin_page.cookies.set("maqta_language", "ru")
    seen = words(admin_page.get("/rolls/roll-1"))
    assert re.search(r"\d+ × 100000 / \(9,500 м × 1.500,0 мм\) = [\d,]+ балла на 100 м²", seen)
    assert "осмотрено 95,0 % из 10,000 м; ниже" in seen
    assert "points per 100 m2" not in seen


def test_the_map_of_a_roll_has_every_defect_and_what_nobody_looked_at(admin_page: httpx.Client) -> None:
    told = admin_page.get("/api/v1/rolls/roll-1/map").json()
    assert (told["length_mm"], told["width_mm"]) == (10_000.0, 1500.0)
    assert told["uninspected"] == [[5000.0, 5500.0, "camera_gone"]]
    assert [row[1:6] for row in told["defects"]][:2] == [
        [200.0, 300.0, 100.0, 30.0, "oil_spot"],
        [1200.0, 300.0, 100.0, 30.0, "broken_end"],
    ]
    assert len(told["defects"]) == 6
    assert sum(told["points_per_metre"]) == admin_page.get("/api/v1/rolls/roll-1").json()["grade"]["points"]


def test_the_password_is_told_once_and_the_address_is_the_real_one(filled_panel: Any) -> None:
    assert len(filled_panel.announced) == 2
    assert httpx.get(filled_panel.url + "/api/v1/health").status_code == 200
    wrong = {"login": "admin", "password": filled_panel.admin_password}  # replaced by an own one
    answer = httpx.post(filled_panel.url + "/login", data=wrong, headers={"Origin": filled_panel.url})
    assert answer.status_code == 401


def test_the_login_form_says_what_is_wrong_in_the_browsers_language(filled_panel: Any) -> None:
    headers = {"Origin": filled_panel.url, "Accept-Language": "kk-KZ,ru;q=0.8"}
    form = {"login": "nobody", "password": "guess"}
    answer = httpx.post(filled_panel.url + "/login", data=form, headers=headers)
    assert answer.status_code == 401
    assert "Логин немесе құпиясөз қате." in answer.text
    assert "maqta_session" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    ("back", "goes"),
    [("/rolls", "/rolls"), ("//evil.test", "/"), ("https://evil.test", "/"), ("/\\evil", "/")],
)
def test_the_language_switch_goes_back_to_a_page_of_this_host_only(
    filled_panel: Any, back: str, goes: str
) -> None:
    form = {"language": "kk", "back": back}
    answer = httpx.post(filled_panel.url + "/language", data=form, headers={"Origin": filled_panel.url})
    assert (answer.status_code, answer.headers["location"]) == (303, goes)
    assert "maqta_language=kk" in answer.headers["set-cookie"]


def test_logging_out_by_the_form_ends_the_session(admin_page: httpx.Client) -> None:
    old = admin_page.cookies["maqta_session"]
    assert admin_page.post("/logout").headers["location"] == "/login"
    answer = admin_page.get("/", headers={"Cookie": f"maqta_session={old}"})
    assert answer.headers["location"] == "/login"


def test_a_socket_of_another_site_is_refused(filled_panel: Any) -> None:
    headers = {
        "Origin": "http://evil.test",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    url = f"{filled_panel.url}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert httpx.get(url, headers=headers).status_code == 403


def test_an_address_that_is_taken_is_an_error_that_names_it(settings: Any, filled_panel: Any) -> None:
    port = int(filled_panel.url.rsplit(":", 1)[1])
    taken = dataclasses.replace(settings, port=port)
    with pytest.raises(PlantError, match=f"127.0.0.1:{port}"):
        run_plant(taken, threading.Event(), lambda text: None)
