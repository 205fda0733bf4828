"""The panel in a real browser (Chromium over its debugging socket): offline, live, pressed.

Skipped where no Chromium is installed: `apt-get install chromium`.
"""

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from told_line import line_now, preview
from websockets.sync.client import ClientConnection, connect

from service.line_now import LINE_NOW_CODEC

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0"),
)
SIZES = [(1280, 800, "kk"), (1280, 800, "ru"), (1920, 1080, "en")]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


class Tab:
    """One browser tab: commands out, events in."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._ids = socket, itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for domain in ("Network", "Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=20))
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def js(self, code: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, condition: str, within_s: float = 20.0) -> None:
        end_s = monotonic() + within_s
        while not self.js(condition):
            assert monotonic() < end_s, f"never true: {condition}"
            sleep(0.05)

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)
        self.wait_for(f"document.readyState === 'complete' && location.href === {json.dumps(url)}")

    def requested(self) -> list[str]:
        self.js("0")  # takes in what the browser said meanwhile
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        self.js("0")
        return [
            json.dumps(event["params"])
            for event in self.events
            if event["method"] == "Runtime.exceptionThrown"
            or (event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error")
        ]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running browser with an empty profile; gives the address of its debugging door."""
    profile: Path = tmp_path_factory.mktemp("profile")
    assert CHROMIUM is not None
    browser = subprocess.Popen(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port_file = profile / "DevToolsActivePort"
        end_s = monotonic() + 30
        while not port_file.exists() or "\n" not in port_file.read_text():
            assert monotonic() < end_s, "chromium did not start within 30 s"
            sleep(0.05)
        yield f"127.0.0.1:{port_file.read_text().splitlines()[0]}"
    finally:
        browser.terminate()
        browser.wait(10)


@pytest.fixture
def new_tab(chromium: str, admin_page: httpx.Client) -> Iterator[Callable[..., Tab]]:
    """Opens a tab with admin's session in a size and a language."""
    sockets = ExitStack()

    def open_tab(*, width: int = 1280, height: int = 800, language: str = "en") -> Tab:
        target = httpx.put(f"http://{chromium}/json/new?about:blank").json()
        tab = Tab(sockets.enter_context(connect(target["webSocketDebuggerUrl"], max_size=None)))
        tab.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        session = admin_page.cookies["maqta_session"]
        for name, value in (("maqta_session", session), ("maqta_language", language)):
            tab.send("Network.setCookie", name=name, value=value, url=str(admin_page.base_url), httpOnly=True)
        return tab

    with sockets:
        yield open_tab


CONNECTED = "window.socket && window.socket.connected"
OVERFLOW = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize(("width", "height", "language"), SIZES)
def test_no_page_asks_another_host_complains_or_overflows(
    new_tab: Callable[..., Tab], filled_panel: Any, width: int, height: int, language: str
) -> None:
    tab = new_tab(width=width, height=height, language=language)
    for path in (
        "/",
        "/lines/loom-1",
        "/hardware",
        "/system",
        "/rolls",
        "/rolls/roll-1",
        "/lots",
        "/kpis",
        "/quality",
        "/password",
    ):
        tab.open(filled_panel.url + path)
        tab.wait_for("document.querySelector('main') !== null")
        assert not tab.js(OVERFLOW), path
    asked = tab.requested()
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith((filled_panel.url, "data:", "about:"))] == []
    assert tab.complaints() == []


def test_every_target_for_a_finger_is_large_enough(new_tab: Callable[..., Tab], filled_panel: Any) -> None:
    tab = new_tab(language="kk")
    for path in ("/", "/lines/loom-1", "/hardware", "/rolls", "/kpis", "/password"):
        tab.open(filled_panel.url + path)
        tab.wait_for("document.querySelector('main') !== null")
        small = tab.js(
            "[...document.querySelectorAll('button, a')].filter(e => e.offsetParent !== null)"
            ".filter(e => e.getBoundingClientRect().height < 43.5 && !e.closest('dd'))"
            ".map(e => e.outerHTML.slice(0, 120))"
        )
        assert small == [], path


def test_a_defect_pressed_on_the_map_is_judged_and_the_grade_follows(
    new_tab: Callable[..., Tab], filled_panel: Any, admin_page: httpx.Client
) -> None:
    tab = new_tab()
    tab.open(filled_panel.url + "/rolls/roll-1")
    tab.wait_for("document.querySelector('.rm')?.dataset.defects === '6'")
    tab.wait_for(CONNECTED)
    before = admin_page.get("/api/v1/rolls/roll-1").json()["grade"]["points"]
    tab.js("document.querySelector('.rm-main').focus(); 0")
    for kind in ("keyDown", "keyUp"):
        tab.send("Input.dispatchKeyEvent", type=kind, code="KeyN", key="n")
    tab.wait_for("document.querySelector('.detail [data-verdict=wrong]') !== null")
    tab.js("document.querySelector('.detail [data-verdict=wrong]').click()")
    tab.wait_for("document.querySelector('.detail [data-verdict=wrong][aria-pressed=true]') !== null")
    tab.wait_for("window.maqtaRollMap().roll.defects[0][6] === 2")  # the map has fetched it: marked wrong
    after = admin_page.get("/api/v1/rolls/roll-1").json()["grade"]["points"]
    assert after < before
    assert tab.complaints() == []


def test_the_picture_appears_beside_the_pointer(new_tab: Callable[..., Tab], filled_panel: Any) -> None:
    tab = new_tab()
    tab.open(filled_panel.url + "/rolls/roll-1")
    tab.wait_for("document.querySelector('.rm[data-defects]') !== null")
    x, y = tab.js(
        "(() => { const map = window.maqtaRollMap(), at = map.main.getBoundingClientRect();"
        "const [x, y] = map.middle(map.roll.defects[2]); return [at.left + x, at.top + y]; })()"
    )
    tab.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    box = "document.querySelector('#hover-crop')"
    tab.wait_for(f"!{box}.hidden && {box}.querySelector('img').naturalWidth === 160")
    assert tab.complaints() == []


def test_a_page_that_lost_its_connection_does_not_look_like_one_of_now(
    new_tab: Callable[..., Tab], filled_panel: Any
) -> None:
    tab = new_tab(language="kk")
    tab.open(filled_panel.url + "/")
    tab.wait_for(CONNECTED)
    tab.js("window.socket.disconnect(); 0")
    tab.wait_for("document.body.classList.contains('is-stale')")
    assert "Көрсетілгені ескірген" in tab.js("document.getElementById('popup').textContent")


def test_what_a_line_says_appears_on_the_open_page(
    new_tab: Callable[..., Tab], filled_panel: Any, loom_state: Callable[..., bytes]
) -> None:
    tab = new_tab()
    tab.open(filled_panel.url + "/")
    tab.wait_for(CONNECTED)
    headers = {"Authorization": f"Bearer {filled_panel.tokens['loom-1']}"}
    body = loom_state("the sorter does not answer")
    sent = httpx.post(filled_panel.url + "/api/v1/ingest/events", content=body, headers=headers)
    assert sent.status_code == 200, sent.text
    tab.wait_for("document.body.innerText.includes('the sorter does not answer')")
    assert tab.js("document.querySelector('.line-card.is-degraded') !== null")


def pressed(tab: Tab, target: str) -> None:
    """Press the middle of an element with the mouse, as a person does."""
    x, y = tab.js(
        f"(() => {{ const what = document.querySelector('{target}');"
        "what.scrollIntoView({block: 'center'}); const at = what.getBoundingClientRect();"
        "return [at.left + at.width / 2, at.top + at.height / 2]; })()"
    )
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        tab.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)


def test_the_strip_stands_still_while_one_of_its_frames_is_judged(
    new_tab: Callable[..., Tab],
    filled_panel: Any,
    admin_page: httpx.Client,
    loom_state: Callable[..., bytes],
) -> None:
    def send(path: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {filled_panel.tokens['loom-1']}"}
        sent = httpx.post(filled_panel.url + "/api/v1" + path, content=body, headers=headers)
        assert sent.is_success, sent.text

    def show(seq: int) -> None:
        send("/lines/loom-1/now", LINE_NOW_CODEC.dump_json(line_now(preview(seq))))

    tab = new_tab(language="kk")
    send("/ingest/events", loom_state("dust", later=1))  # a line that said nothing for long shows no strip
    for seq in (7, 8):
        show(seq)
    tab.open(filled_panel.url + "/lines/loom-1")
    tab.wait_for(CONNECTED)
    tab.wait_for("document.querySelectorAll('.strip li').length === 2")
    assert tab.js("document.querySelector('.strip-judge').textContent").startswith("Жиектелген кадр тұтас")
    pressed(tab, ".strip li:nth-child(2) .strip-picture")
    tab.wait_for("document.querySelector('.strip li:nth-child(2).is-picked') !== null")
    show(9)
    pressed(tab, '.strip-judge [data-good="0"]')
    tab.wait_for("document.querySelector('.strip li:nth-child(2) .strip-said') !== null")
    assert "admin: ақау" in tab.js("document.querySelector('.strip-said').textContent")
    assert tab.js("document.querySelectorAll('.strip li').length") == 2  # frame 9 waits
    assert tab.js("document.querySelector('.strip-judge [data-good=\"0\"]').ariaPressed") == "true"
    heights = (
        "[...document.querySelectorAll('.line-strip button')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(tab.js(heights)) >= 44
    assert not tab.js(OVERFLOW)
    (word,) = admin_page.get("/api/v1/lines/loom-1/verdicts").json()
    assert (word["frame_seq"], word["good"], word["user"]) == (7, False, "admin")
    tab.wait_for("document.querySelector('.line-answers .waiting') !== null")  # beside hold and resume
    assert admin_page.get("/api/v1/commands").json()[0]["command"]["command"] == "keep_strip"
    pressed(tab, "h1")
    tab.wait_for("document.querySelectorAll('.strip li').length === 3")
    assert tab.complaints() == []


def test_a_key_is_a_verdict_that_is_kept_and_the_next_picture_stands_there_at_once(
    new_tab: Callable[..., Tab], filled_panel: Any, admin_page: httpx.Client
) -> None:
    tab = new_tab(language="ru")
    tab.open(filled_panel.url + "/review")
    tab.wait_for("document.querySelector('.rv-picture[data-shown]') !== null")
    tab.wait_for(CONNECTED)
    first = tab.js("document.querySelector('.rv').dataset.item")
    x, y = tab.js(
        "(() => { const at = document.querySelector('.rv-picture').getBoundingClientRect();"
        "return [at.left + at.width / 2, at.top + at.height / 2]; })()"
    )
    for kind, along in (("mousePressed", 0), ("mouseMoved", 60), ("mouseReleased", 60)):
        where = {"x": x + along, "y": y + along}
        tab.send("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **where)
    assert "Рамка" in tab.js("document.querySelector('.rv-size').textContent")
    tab.send("Input.dispatchKeyEvent", type="keyDown", code="Digit1", key="1")
    tab.wait_for(
        "!document.querySelector('.rv') || document.querySelector('.rv').dataset.item !== '" + first + "'"
    )
    tab.wait_for("document.querySelector('.rv-foot [data-action=undo]') !== null")
    state = admin_page.get("/api/v1/review").json()
    assert (state["judged_today"], state["last"]["item_id"], state["last"]["defective"]) == (
        1,
        int(first),
        True,
    )
    tab.send("Input.dispatchKeyEvent", type="keyDown", code="KeyZ", key="я")  # a Russian layout
    tab.wait_for("document.querySelector('.rv')?.dataset.item === '" + first + "'")
    assert admin_page.get("/api/v1/review").json()["judged_today"] == 0
    assert tab.complaints() == []
