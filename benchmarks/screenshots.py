"""Pictures of every page of the panel for the documentation, from a demo that runs.

    python benchmarks/screenshots.py [--minutes 3] [--out docs/img]

Starts `maqta run` in an empty folder, waits until both lines deliver, logs in, and takes each page of the
rail in English and light; a few in Kazakh, in Russian and in the dark. Chromium is the system's
(apt-get install chromium).
"""

import argparse
import re
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any, Literal

import cv2
import httpx
import numpy as np
from demo_run import STOP_LIMIT_S, Demo, start, wait_until
from playwright.sync_api import Browser, sync_playwright

from service.web.panel.navigation import TABS

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PASSWORD = "for the pictures only"
WEBP_QUALITY = 82
SETTLES_S = 1.5  # charts and crops come after the page
START_LIMIT_S = 300.0
Scheme = Literal["light", "dark"]
# language, scheme, width, height; None: every page
TAKES: tuple[tuple[str, Scheme, int, int, tuple[str, ...] | None], ...] = (
    ("en", "light", 1280, 800, None),
    ("kk", "dark", 1920, 1080, ("live", "quality", "kpis")),
    ("ru", "light", 1280, 800, ("review", "rolls", "cnns")),
)


def pages(http: httpx.Client) -> dict[str, str]:
    """Name → path: the rail's, and the newest roll's map."""
    found = {tab.name: tab.path for tab in TABS}
    rolls = http.get("/api/v1/rolls").json()["items"]
    if rolls:
        found["roll"] = f"/rolls/{rolls[0]['roll_id']}"
    return found


def take(browser: Browser, http: httpx.Client, out: Path) -> list[Path]:
    """Write the pictures; returns their files."""
    made: list[Path] = []
    home = str(http.base_url).rstrip("/")
    for language, scheme, width, height, wanted in TAKES:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.add_cookies(_cookies(http, home, language))
        page = context.new_page()
        for name, path in pages(http).items():
            if wanted is not None and name not in wanted:
                continue
            page.goto(home + path)
            page.wait_for_selector("main")
            page.wait_for_timeout(SETTLES_S * 1000)
            file = out / f"{name}-{language}-{scheme}.webp"
            file.write_bytes(_webp(page.screenshot()))
            made.append(file)
        context.close()
    return made


def _cookies(http: httpx.Client, home: str, language: str) -> list[Any]:  # Any: playwright's own TypedDict
    given = {"maqta_session": http.cookies["maqta_session"], "maqta_language": language}
    return [{"name": name, "value": value, "url": home} for name, value in given.items()]


def _webp(png: bytes) -> bytes:
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    done, data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    if not done:
        raise SystemExit("a picture could not be written as WebP; is this OpenCV built without it?")
    return data.tobytes()


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


def main() -> int:
    """Start the demo, wait, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    args = parser.parse_args()
    if CHROMIUM is None:
        raise SystemExit("no chromium on this machine; apt-get install chromium")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="maqta-img-") as folder:
        demo = start(Path(folder))
        try:
            url = _said(demo, r"(http://127\.0\.0\.1:\d+)")
            first = _said(demo, r"password (\S+)")
            with httpx.Client(base_url=url, headers={"Origin": url}, timeout=30) as http:
                _log_in(http, first)
                wait_until("both lines deliver", START_LIMIT_S, lambda: _deliver(http))
                time.sleep(args.minutes * 60)
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                    made = take(browser, http, args.out)
                    browser.close()
        finally:
            demo.process.send_signal(signal.SIGTERM)
            demo.process.wait(STOP_LIMIT_S)
    size_kb = sum(file.stat().st_size for file in made) / 1e3
    print(f"{len(made)} pictures, {size_kb:.0f} kB, in {args.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
