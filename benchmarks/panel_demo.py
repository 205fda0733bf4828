"""The demo with its panel, logged in, for whatever drives it in a browser."""

import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from demo_run import STOP_LIMIT_S, Demo, start, wait_until
from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PASSWORD = "for the browser only"
START_LIMIT_S = 300.0


@contextmanager
def demo_panel() -> Iterator[httpx.Client]:
    """Run `maqta run` in an empty folder until both lines deliver; gives a client logged in as admin."""
    with tempfile.TemporaryDirectory(prefix="maqta-panel-") as folder:
        demo = start(Path(folder))
        try:
            url = _said(demo, r"(http://127\.0\.0\.1:\d+)")
            first = _said(demo, r"password (\S+)")
            with httpx.Client(base_url=url, headers={"Origin": url}, timeout=30) as http:
                _log_in(http, first)
                wait_until("both lines deliver", START_LIMIT_S, lambda: _deliver(http))
                yield http
        finally:
            demo.process.send_signal(signal.SIGTERM)
            demo.process.wait(STOP_LIMIT_S)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser (apt-get install chromium)."""
    if CHROMIUM is None:
        raise SystemExit("no chromium on this machine; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def as_viewer(
    browser: Browser, http: httpx.Client, language: str, **look: Any
) -> BrowserContext:  # Any: playwright's own options of a context
    """A browser's session of the person who is logged in, in a language."""
    context = browser.new_context(**look)
    home = str(http.base_url).rstrip("/")
    given = {"maqta_session": http.cookies["maqta_session"], "maqta_language": language}
    context.add_cookies([{"name": name, "value": value, "url": home} for name, value in given.items()])
    return context


def _said(demo: Demo, pattern: str) -> str:
    found: list[str] = []

    def there() -> bool:
        found[:] = [hit.group(1) for line in demo.printed if (hit := re.search(pattern, line))]
        return bool(found)

    wait_until(f"the demo says {pattern}", START_LIMIT_S, there)
    return found[0]


def _log_in(http: httpx.Client, first: str) -> None:
    http.post("/login", data={"login": "admin", "password": first})
    change = {"old_password": first, "new_password": PASSWORD}
    if http.post("/password", data=change).headers.get("location") != "/":
        raise SystemExit("could not log in to the demo")


def _deliver(http: httpx.Client) -> bool:
    """Whether every line has told what it runs."""
    return all(line["state"] is not None for line in http.get("/api/v1/lines").json())
