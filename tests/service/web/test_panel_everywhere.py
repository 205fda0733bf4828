"""Every page of the rail in a real browser (Playwright, Debian's Chromium), and a shift's work.

A plant process of its own is filled over the API with what lines deliver. Each page, in each language and
size: nothing asks another host, nothing complains, no text runs out of its box, and axe-core finds no serious
fault, in light and in dark. MAQTA_FULL_MATRIX=1 (make soak) takes every language at every size.
"""

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import httpx
import plant_text
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from service import events as ev
from service.event_terms import PictureWhy
from service.web.panel.navigation import TABS

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SIZES = [(1280, 800), (1920, 1080)]
LANGUAGES = ["en", "ru", "kk"]
FULL = os.environ.get("MAQTA_FULL_MATRIX") == "1"
QUICK = [(1280, 800, "kk"), (1920, 1080, "ru")]
MATRIX = [(*size, language) for size in SIZES for language in LANGUAGES] if FULL else QUICK
PASSWORD: Final = "a long enough one"
DEFECTS = 24
ALARMS = next(path for path in ("/alarms", "/quality") if path in {tab.path for tab in TABS})
FILLED_WITHIN = 90  # seconds, of a busy machine
SHIFTS = """
[[shifts]]
name = "A"
start = "08:00"
[[shifts]]
name = "B"
start = "20:00"
"""
PLANT = (
    plant_text.HEAD + plant_text.line("loom-1") + plant_text.line("opener-1") + SHIFTS + plant_text.ACCEPTANCE
)
# What holds text and is drawn as a box: its words must not be wider than it, unless it scrolls.
OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(e => {
    const style = getComputedStyle(e);
    const words = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    return words && e.clientWidth > 1 && style.display !== 'inline' && style.visibility !== 'hidden'
        && !['auto', 'scroll'].includes(style.overflowX)
        && !e.closest('.visually-hidden, svg, option, select')
        && e.scrollWidth > e.clientWidth + 1;
}).map(e => e.outerHTML.slice(0, 160)).concat(
    document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the window'] : [])"""
# An item that was not judged yet, with its picture in place: keys work.
FRESH = """seen => {
    const item = document.querySelector('.rv[data-item]');
    return item && !seen.includes(item.dataset.item) && item.querySelector('.rv-picture[data-shown]');
}"""
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium"
)


class Line:
    """Writes one line's events, a moment ago and in order."""

    def __init__(self, line: str) -> None:
        self.line, self.events = line, list[ev.Event]()
        self._start = datetime.now(UTC) - timedelta(minutes=5)

    def add(self, body: ev.Body) -> None:
        seq = len(self.events) + 1
        self.events.append(
            ev.Event(
                id=str(uuid5(NAMESPACE_OID, f"{self.line}/{seq}")),
                schema_version=ev.SCHEMA_VERSION,
                log_id=str(uuid5(NAMESPACE_OID, self.line)),
                seq=seq,
                tenant=ev.Tenant(enterprise="mill", site="north", area="demo", line=self.line),
                stamp=ev.Stamp(utc=self._start + timedelta(seconds=seq), mono_ns=seq, encoder_mm=0.0),
                demo=True,
                body=body,
            )
        )


def loom(crop: bytes) -> Line:
    """A roll that has ended, with two dozen defects that have a picture, and an alarm."""
    line, sha256 = Line("loom-1"), hashlib.sha256(crop).hexdigest()
    line.add(
        ev.LineStarted(
            line_kind=ev.LineKind.FABRIC, article="plain weave", bundle_id="b0", software="0.1",
            web_width_mm=1500.0,
        )
    )  # fmt: skip
    line.add(ev.StateChanged(state=ev.LineState.RUNNING, cause=""))
    line.add(
        ev.RollStarted(roll_id="roll-1", name="R-0001", article="plain weave", width_mm=1500.0, start_mm=0.0)
    )
    for number, defective in enumerate(_calm_then_worse()):
        line.add(_inspected(1000.0 * number, defective))
    line.add(
        ev.PictureKept(
            sha256=sha256, media_type="image/png", bytes=len(crop), why=PictureWhy.DEFECT, roll_id="roll-1",
            lot_id=None, web_mm=0.0, x0_mm=0.0, mm_per_px=0.3, frame_seq=1, score=0.8,
        )
    )  # fmt: skip
    for number in range(DEFECTS):
        line.add(_defect(number, ("oil_spot", "hole", "broken_end")[number % 3], sha256))
    line.add(ev.RollEnded(roll_id="roll-1", end_mm=51_000.0))
    line.add(ev.AlarmRaised(code="camera_gone", detail="no frame for 4 s"))
    return line


def _calm_then_worse() -> list[int]:
    """Defective frames of 2000 in each metre: fifty calm ones, then one that no chart takes for chance."""
    rng = random.Random(3)
    return [*(max(0, round(rng.gauss(60, 14))) for _ in range(50)), 200]


def _inspected(from_mm: float, defective: int) -> ev.Body:
    return ev.SpanInspected(
        roll_id="roll-1", lot_id=None, from_mm=from_mm, to_mm=from_mm + 1000.0, inspected_width_mm=1500.0,
        frames=2000, clean=2000 - defective, defective=defective, unsure=0, deadline_misses=0,
        capture_to_decision_ms_max=21.0, stage_ms={"infer": 9.0}, fed_kg=0.0,
    )  # fmt: skip


def _defect(number: int, kind: str, sha256: str) -> ev.Body:
    y_mm = 2000.0 * number + 200
    return ev.DefectFound(
        defect_id=str(uuid5(NAMESPACE_OID, f"defect/{number}")), roll_id="roll-1", lot_id=None,
        defect_kind=kind, score=0.8, x0_mm=300.0, y0_mm=y_mm, x1_mm=330.0, y1_mm=y_mm + 100.0,
        area_mm2=900.0, length_mm=100.0, unsure=True, frames=1, bundle_id="b0", picture_sha256=sha256,
    )  # fmt: skip


def opener() -> Line:
    line = Line("opener-1")
    line.add(
        ev.LineStarted(
            line_kind=ev.LineKind.FIBRE, article="lint", bundle_id="b1", software="0.1", web_width_mm=1500.0
        )
    )
    line.add(
        ev.LotStarted(lot_id="lot-1", name="L-0001", article="lint", supplier="Turkistan Gin", start_mm=0.0)
    )
    line.add(ev.StateChanged(state=ev.LineState.HELD, cause="camera is gone"))
    return line


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, bytes]) -> Iterator[str]:
    """The address of a plant process with data; admin has the password PASSWORD."""
    folder = tmp_path_factory.mktemp("everywhere")
    (folder / "plant.toml").write_text(PLANT)
    command = [sys.executable, "-m", "service.cli", "plant", str(folder / "plant.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            url = _told(process, r"(http://127\.0\.0\.1:\d+)")
            first = _told(process, r"password (\S+)")
            threading.Thread(target=process.stdout.read, daemon=True).start()
            _fill(url, folder, first, next(iter(pictures.values())))
            yield url
        finally:
            process.terminate()
    assert process.returncode == 0


def _told(process: "subprocess.Popen[str]", pattern: str) -> str:
    assert process.stdout is not None
    for text in process.stdout:
        found = re.search(pattern, text)
        if found is not None:
            return found.group(1)
    raise AssertionError(f"the plant ended without saying {pattern}")


def _fill(url: str, folder: Path, first: str, crop: bytes) -> None:
    with httpx.Client(base_url=url, headers={"Origin": url}) as http:
        for line in (loom(crop), opener()):
            token = (folder / f"{line.line}.token").read_text().strip()
            headers = {"Authorization": f"Bearer {token}"}
            body = ev.EVENTS_CODEC.dump_json(line.events)
            assert http.post("/api/v1/ingest/events", content=body, headers=headers).status_code == 200
        headers |= {"Content-Type": "image/png"}
        token = (folder / "loom-1.token").read_text().strip()
        headers["Authorization"] = f"Bearer {token}"
        sha256 = hashlib.sha256(crop).hexdigest()
        assert http.put(f"/api/v1/pictures/{sha256}", content=crop, headers=headers).status_code == 204
        http.post("/login", data={"login": "admin", "password": first})
        change = {"old_password": first, "new_password": PASSWORD}
        assert http.post("/password", data=change).headers["location"] == "/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def cookies(plant: str) -> list[Any]:
    """A session of admin, for contexts that need not log in by hand."""
    with httpx.Client(base_url=plant, headers={"Origin": plant}) as http:
        http.post("/login", data={"login": "admin", "password": PASSWORD})
        return [{"name": "maqta_session", "value": http.cookies["maqta_session"], "url": plant}]


class Watch:
    """What a page asked for and complained about."""

    def __init__(self, page: Page, home: str) -> None:
        self.strangers, self.complaints, self.asked = list[str](), list[str](), 0
        self._home = home
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda socket: self._note(socket.url.replace("ws://", "http://")))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._hear(said.type, said.text))

    def _note(self, url: str) -> None:
        self.asked += 1
        if not url.startswith((self._home, "data:", "blob:")):
            self.strangers.append(url)

    def _hear(self, level: str, text: str) -> None:
        if level == "error":
            self.complaints.append(text)


def paths() -> list[str]:
    return [*(tab.path for tab in TABS), "/rolls/roll-1", "/password"]


def _open(page: Page, url: str) -> None:
    """Open a page; one that could not be made is a page too, but not this one."""
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, url
    page.wait_for_selector("main")
    assert page.locator(".rail").count() == (0 if url.endswith("/password") else 1), url


def serious_faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [
        f"{fault['id']}: {node['html'][:140]}"
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize(("width", "height", "language"), MATRIX)
def test_every_page_fits_its_window_and_stays_at_home(
    browser: Browser, plant: str, cookies: list[Any], width: int, height: int, language: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([*cookies, {"name": "maqta_language", "value": language, "url": plant}])
    page = context.new_page()
    watch, faults = Watch(page, plant), dict[str, list[str]]()
    for path in paths():
        _open(page, plant + path)
        faults[path] = page.evaluate(OVERFLOWING)
    context.close()
    assert {path: found for path, found in faults.items() if found} == {}
    assert (watch.strangers, watch.complaints) == ([], [])
    assert watch.asked > 20


def test_axe_finds_no_serious_fault_on_any_page_in_light_and_dark(
    browser: Browser, plant: str, cookies: list[Any]
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    context.add_cookies([*cookies, {"name": "maqta_language", "value": "en", "url": plant}])
    page, faults = context.new_page(), dict[str, list[str]]()
    for path in paths():
        page.emulate_media(color_scheme="light")
        _open(page, plant + path)
        faults[f"{path}, light"] = serious_faults(page)
        page.emulate_media(color_scheme="dark")
        faults[f"{path}, dark"] = serious_faults(page)
    context.close()
    assert {path: found for path, found in faults.items() if found} == {}


def test_a_shifts_work(browser: Browser, plant: str) -> None:
    """Log in, see an alarm, hold a roll, review twenty defects, acknowledge, release, print."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    context.add_cookies([{"name": "maqta_language", "value": "en", "url": plant}])
    page = context.new_page()
    watch = Watch(page, plant)
    page.goto(plant + "/login")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit].primary")
    page.wait_for_url(plant + "/")
    page.get_by_text("no frame for 4 s").first.wait_for()
    page.goto(plant + "/rolls")
    page.get_by_role("link", name="R-0001").first.click()
    page.wait_for_url("**/rolls/roll-1")
    _decide(page, "hold", "oil on many places")
    reviewed = _review(page, plant, 20)
    page.goto(plant + ALARMS)
    _acknowledge(page)
    page.goto(plant + "/rolls/roll-1")
    _decide(page, "release", "spots cut out")
    certificate = page.request.get(plant + "/api/v1/rolls/roll-1/certificate.pdf")
    assert certificate.body().startswith(b"%PDF")
    decided = page.request.get(plant + "/api/v1/rolls/roll-1/dispositions").json()
    assert [(each["action"], each["entered_by"]) for each in decided] == [
        ("hold", "admin"),
        ("release", "admin"),
    ]
    assert len(_marked(page, 20)) >= len(reviewed) == 20
    assert (watch.strangers, watch.complaints) == ([], [])
    context.close()


def _acknowledge(page: Page) -> None:
    _connected(page)
    button = page.locator("[data-action=acknowledge]").first
    key = button.get_attribute("data-alarm")
    button.click()
    page.wait_for_selector(f"[data-action=acknowledge][data-alarm='{key}']", state="detached")


def _connected(page: Page) -> None:
    page.wait_for_function("window.socket && window.socket.connected")


def _decide(page: Page, action: str, why: str) -> None:
    _connected(page)
    page.fill("input[name=why]", why)
    page.click(f"[data-disposition={action}]")
    page.get_by_text(why).first.wait_for()


def _review(page: Page, plant: str, wanted: int) -> list[str]:
    """Judge so many items, one key each; returns their numbers."""
    judged: list[str] = []
    for _ in range(FILLED_WITHIN):  # the queue is filled in the plant's rounds
        page.goto(plant + "/review")
        page.wait_for_selector("main")
        if page.locator(".rv[data-item]").count():
            break
        page.wait_for_timeout(1000)
    _connected(page)
    while len(judged) < wanted:
        page.wait_for_function(FRESH, arg=judged)
        item = page.locator(".rv[data-item]").first.get_attribute("data-item")
        assert item is not None
        page.keyboard.press("2" if len(judged) % 5 == 4 else "1")
        judged.append(item)
        page.wait_for_function(f"document.querySelector('.rv')?.dataset.item !== '{item}'")
    return judged


def _marked(page: Page, wanted: int) -> set[str]:
    """Whose defects are marked, as soon as there are so many: the last answer may still be on its way."""
    for _ in range(FILLED_WITHIN):
        entries = page.request.get(page.url.split("/rolls")[0] + "/api/v1/audit?page_size=500&action=mark")
        found = entries.json()["items"]
        assert all(entry["address"] == "127.0.0.1" for entry in found)
        subjects = {entry["subject"] for entry in found}
        if len(subjects) >= wanted:
            return subjects
        page.wait_for_timeout(1000)
    raise AssertionError(f"{len(subjects)} defects are marked, not {wanted}")
