"""The panel under twenty open pages: first paint, how late an event is seen, CPU and memory of the plant.

    python benchmarks/panel.py [--panels 20] [--seconds 60] [--soak-minutes 0] [--json]

A plant process of its own on a free port; a line that tells a span, and itself with a picture, every second
and a finding every two; panels on real sockets (Socket.IO, as the browser's). The last line is JSON. Wanted:
first paint at most 1 s, an event seen within 300 ms, at most one core and 400 MB.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import socketio
from panel_line import PLANT_TOML, ToldLine
from panel_paint import first_paint_ms

ROOT = Path(__file__).parents[1]
PASSWORD = "a long enough one for a benchmark"
PATHS = ("/", "/lines/loom-1", "/hardware/loom-1", "/system")
PAGE_S, SEEN_S = 30.0, 5.0
TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass
class Panel:
    """One open page: its socket, and when it saw which text."""

    socket: socketio.AsyncClient
    waits_for: str = ""
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    messages: int = 0

    def hear(self, content: Any) -> None:  # Any: NiceGUI's messages are nested lists and texts
        """Take an update."""
        self.messages += 1
        if self.waits_for and self.waits_for in json.dumps(content):
            self.seen.set()


@contextmanager
def plant(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A plant process; gives it, its address and the admin's first password."""
    settings = folder / "plant.toml"
    settings.write_text(PLANT_TOML, encoding="utf-8")
    command = [sys.executable, "-m", "service.cli", "plant", str(settings)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            said = "".join(line for _, line in zip(range(2), process.stdout or (), strict=False))
            url, password = re.search(r"http://[^/\s]+", said), re.search(r"password (\S+)", said)
            if url is None or password is None:
                raise SystemExit(f"the plant did not say where it listens: {said}")
            yield process, url.group(), password.group(1)
        finally:
            process.terminate()
            process.wait(30)


def log_in(url: str, first_password: str) -> str:
    """Choose an own password; returns the session."""
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=PAGE_S) as http:
        http.post("/login", data={"login": "admin", "password": first_password})
        http.post("/password", data={"old_password": first_password, "new_password": PASSWORD})
        return http.cookies["maqta_session"]


async def open_panel(http: httpx.AsyncClient, url: str, session: str, path: str) -> Panel:
    """Load a page and open its socket as nicegui.js does."""
    page = await http.get(path)
    found = re.search(r'client_id["\']?:\s*["\']([0-9a-f-]{36})', page.text)
    if page.status_code != 200 or found is None:
        raise SystemExit(f"page {path} could not be opened: {page.status_code}")
    panel = Panel(socket=socketio.AsyncClient())
    panel.socket.on("*", lambda event, *content: panel.hear([event, *content]))
    query = f"client_id={found.group(1)}&tab_id={found.group(1)}&document_id={found.group(1)}"
    await panel.socket.connect(
        f"{url}?{query}&next_message_id=0&implicit_handshake=true",
        headers={"Cookie": f"maqta_session={session}", "Origin": url},
        socketio_path="/_nicegui_ws/socket.io",
        transports=["websocket"],
    )
    return panel


async def seen_after_ms(panels: list[Panel], line: ToldLine, number: int) -> list[float]:
    """Change the line's state, and say after how long each panel that shows it was told."""
    text = f"cause-{number}-of-the-benchmark"
    for panel in panels:
        panel.waits_for = text
        panel.seen.clear()
    began = time.perf_counter()

    async def until(panel: Panel) -> float:
        await asyncio.wait_for(panel.seen.wait(), SEEN_S)
        return (time.perf_counter() - began) * 1e3

    waits = [asyncio.create_task(until(panel)) for panel in panels]
    await line.change_state(text)
    return await asyncio.gather(*waits)


def cpu_s(pid: int) -> float:
    """Processor time that a process has used."""
    values = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(values[11]) + int(values[12])) / TICKS_S


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found.group(1)) / 1024 if found else 0.0


async def measure(args: argparse.Namespace, pid: int, url: str, session: str, token: str) -> dict[str, Any]:
    """Open the panels, let the line tell, and read the figures."""
    cookies = {"maqta_session": session, "maqta_language": "en"}
    limits = httpx.Limits(max_connections=50)
    async with (
        httpx.AsyncClient(base_url=url, cookies=cookies, timeout=PAGE_S, limits=limits) as browser,
        httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=PAGE_S
        ) as machine,
    ):
        line = ToldLine(machine)
        await line.start()
        panels = [await open_panel(browser, url, session, PATHS[n % len(PATHS)]) for n in range(args.panels)]
        shows_cause = [panel for n, panel in enumerate(panels) if n % len(PATHS) < 2]
        telling = asyncio.create_task(line.tell())
        await asyncio.sleep(5)  # caches fill, the line hears that it is watched
        memory_before = memory_mb(pid)
        cpu_before, began = cpu_s(pid), time.perf_counter()
        late_ms: list[float] = []
        end = began + args.seconds + args.soak_minutes * 60
        number = 0
        while time.perf_counter() < end:
            late_ms += await seen_after_ms(shows_cause, line, number := number + 1)
            await asyncio.sleep(0.7)
        used = (cpu_s(pid) - cpu_before) / (time.perf_counter() - began)
        memory_after = memory_mb(pid)
        telling.cancel()
        for panel in panels:
            await panel.socket.disconnect()
    late_ms.sort()
    return {
        "panels": args.panels,
        "updates": len(late_ms),
        "update_ms_p50": round(late_ms[len(late_ms) // 2], 1),
        "update_ms_p95": round(late_ms[int(len(late_ms) * 0.95)], 1),
        "update_ms_max": round(late_ms[-1], 1),
        "cores": round(used, 3),
        "memory_mb": round(memory_after, 1),
        "memory_growth_mb": round(memory_after - memory_before, 1),
        "minutes": round((args.seconds + args.soak_minutes * 60) / 60, 2),
    }


def main() -> int:
    """Measure, print, and print JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panels", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--soak-minutes", type=float, default=0.0)
    parser.add_argument("--json", action="store_true", help="only the JSON line")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maqta-panel-") as name:
        folder = Path(name)
        with plant(folder) as (process, url, first_password):
            session = log_in(url, first_password)
            token = (folder / "loom-1.token").read_text(encoding="utf-8").strip()
            figures = asyncio.run(measure(args, process.pid, url, session, token))
            figures["first_paint_ms"] = first_paint_ms(url, session, PATHS)
            figures["load_average"] = round(os.getloadavg()[0], 1)
    if not args.json:
        print(f"{figures['panels']} panels: {figures['cores']} cores, {figures['memory_mb']} MB")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
