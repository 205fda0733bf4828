"""First contentful paint of the panel's pages in Chromium, over its debugging socket."""

import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
START_S, PAINT_S = 30.0, 20.0


def first_paint_ms(url: str, session: str, paths: Sequence[str]) -> dict[str, float] | None:
    """Milliseconds by path, the browser's cache warm as on any day but the first; None: no Chromium here."""
    browser = shutil.which("chromium")
    if browser is None:
        return None
    with tempfile.TemporaryDirectory(prefix="maqta-paint-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [browser, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            door = _door(Path(profile) / "DevToolsActivePort")
            target = httpx.put(f"http://{door}/json/new?about:blank").json()
            with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
                return _paints(socket, url, session, paths)
        finally:
            process.terminate()
            process.wait(20)


def _door(port_file: Path) -> str:
    end = time.monotonic() + START_S
    while not port_file.exists() or "\n" not in port_file.read_text():
        if time.monotonic() > end:
            raise SystemExit(f"chromium did not start within {START_S:.0f} s")
        time.sleep(0.05)
    return f"127.0.0.1:{port_file.read_text().splitlines()[0]}"


def _paints(socket: ClientConnection, url: str, session: str, paths: Sequence[str]) -> dict[str, float]:
    ids = itertools.count(1)

    def send(method: str, **params: Any) -> Any:  # Any: the protocol's JSON
        number = next(ids)
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(socket.recv(timeout=PAINT_S))
            if message.get("id") == number:
                return message.get("result")

    def paint(path: str) -> float:
        send("Page.navigate", url=url + path)
        end = time.monotonic() + PAINT_S
        while time.monotonic() < end:
            found = send("Runtime.evaluate", expression=PAINT, returnByValue=True)["result"].get("value")
            if found:
                return round(float(found), 1)
            time.sleep(0.05)
        raise SystemExit(f"{path} was not painted within {PAINT_S:.0f} s")

    send("Page.enable")
    send("Network.enable")
    send("Network.setCookie", name="maqta_session", value=session, url=url, httpOnly=True)
    paint(paths[0])  # fills the cache
    return {path: min(paint(path) for _ in range(3)) for path in paths}
