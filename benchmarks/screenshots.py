"""Pictures of every page of the panel for the documentation, from a demo that runs.

    python benchmarks/screenshots.py [--minutes 3] [--out docs/img]

Starts `maqta run` in an empty folder, waits until both lines deliver, logs in, and takes each page of the
rail in English and light; a few in Kazakh, in Russian and in the dark. Chromium is the system's
(apt-get install chromium).
"""

import argparse
import time
from pathlib import Path
from typing import Literal

import cv2
import httpx
import numpy as np
from panel_demo import as_viewer, chromium, demo_panel
from playwright.sync_api import Browser

from service.web.panel.navigation import TABS

WEBP_QUALITY = 82
SETTLES_S = 1.5  # charts and crops come after the page
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
        look = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
        context = as_viewer(browser, http, language, **look)
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


def _webp(png: bytes) -> bytes:
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    done, data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    if not done:
        raise SystemExit("a picture could not be written as WebP; is this OpenCV built without it?")
    return data.tobytes()


def main() -> int:
    """Start the demo, wait, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with demo_panel() as http, chromium() as browser:
        time.sleep(args.minutes * 60)
        made = take(browser, http, args.out)
    size_kb = sum(file.stat().st_size for file in made) / 1e3
    print(f"{len(made)} pictures, {size_kb:.0f} kB, in {args.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
