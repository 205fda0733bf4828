"""A new article learnt on the panel from the running fabric line, in a browser: from good cloth to at work.

    python benchmarks/wizard.py [--frames 24] [--rate 10] [--out DIR]

Starts `maqta run` in an empty folder and does what an engineer does on the page of articles: names an
article, waits for its pictures, lets it learn, chooses a rate of false alarms, looks at its effect on the
last hour and activates it; then waits until the line says that it runs the article. Prints how long each
step took, as JSON; with --out a picture of each.
"""

import argparse
import json
import time
from pathlib import Path

import httpx
from demo_run import wait_until
from panel_demo import as_viewer, chromium, demo_panel
from playwright.sync_api import Page

ARTICLE, LINE = "wizard-twill", "demo-fabric"
STEP_LIMIT_S = 400.0


class Steps:
    """Times each step and takes its picture."""

    def __init__(self, page: Page, out: Path | None) -> None:
        self._page, self._out = page, out
        self._begun_s = time.monotonic()
        self.took_s: dict[str, float] = {}

    def done(self, name: str) -> None:
        """This step is over."""
        now_s = time.monotonic()
        self.took_s[name] = round(now_s - self._begun_s, 1)
        self._begun_s = now_s
        if self._out is not None:
            self._out.mkdir(parents=True, exist_ok=True)
            self._page.screenshot(path=self._out / f"{len(self.took_s)}-{name}.png", full_page=True)


def walk(page: Page, http: httpx.Client, steps: Steps, *, frames: int, rate: int) -> None:
    """Go through the wizard."""
    page.goto(str(http.base_url.join("/articles")))
    page.select_option("select[name=line]", LINE)
    page.fill("input[name=article]", ARTICLE)
    page.fill("input[name=frames]", str(frames))
    page.click("form[action='/articles/lessons'] button[type=submit]")
    page.wait_for_selector("progress")
    steps.done("named")
    page.wait_for_function(
        "n => document.querySelector('progress')?.value >= n", arg=frames, timeout=STEP_LIMIT_S * 1e3
    )
    steps.done("gathered")
    page.click("[data-action=learn]")
    page.wait_for_selector("[data-action=rate]", timeout=STEP_LIMIT_S * 1e3)
    steps.done("learnt")
    page.click(f"[data-action=rate][data-rate='{rate:.1f}']")
    page.wait_for_selector(f"[data-action=rate][data-rate='{rate:.1f}'][aria-pressed=true]")
    steps.done("rate")
    page.click("[data-action=activate]")
    wait_until("the line runs the article", STEP_LIMIT_S, lambda: _runs(http) == ARTICLE)
    page.wait_for_timeout(2000)
    steps.done("at_work")


def _runs(http: httpx.Client) -> str:
    (line,) = [each for each in http.get("/api/v1/lines").json() if each["line"] == LINE]
    return str(line["article"])


def main() -> int:
    """Walk, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--rate", type=int, default=10, help="false alarms per 100 m: 1, 2, 5, 10 ...")
    parser.add_argument("--language", choices=("en", "ru", "kk"), default="en")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with demo_panel() as http, chromium() as browser:
        context = as_viewer(browser, http, args.language, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        steps = Steps(page, args.out)
        walk(page, http, steps, frames=args.frames, rate=args.rate)
    print(json.dumps(steps.took_s))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
