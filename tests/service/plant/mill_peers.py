"""Peers on loopback: a mosquitto broker, a cable that can be cut, a subscriber that counts, a webhook."""

import contextlib
import hashlib
import json
import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
NO_MOSQUITTO = "mosquitto is not installed (Debian: apt-get install mosquitto)"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_until(happened: Callable[[], bool], within_s: float = 20.0) -> None:
    end_s = monotonic() + within_s
    while not happened():
        assert monotonic() < end_s, f"nothing happened within {within_s} s"
        sleep(0.02)


class Mosquitto:
    """A broker that keeps its sessions on disk, so that a restart loses nothing it acknowledged."""

    def __init__(self, folder: Path, *lines: str, port: int | None = None) -> None:
        self.port = port or free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "mosquitto.conf"
        text = [
            f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/",
            "max_queued_messages 0", "max_inflight_messages 100", "queue_qos0_messages false",
            f"log_dest file {folder / 'mosquitto.log'}", f"user {_user()}",
            *(lines or ("allow_anonymous true",)),
        ]  # fmt: skip
        self._config.write_text("\n".join(text) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)])
        wait_until(self._listens)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._config.with_suffix(".log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _user() -> str:
    import getpass

    return getpass.getuser()


class Cable:
    """A TCP cable to a port; cutting it resets every connection at once, bytes on their way are lost."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.plugged = True
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, plug: bool = True) -> None:
        self.plugged = plug
        self.cuts += 1
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):  # the other side may have closed it a moment ago
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def plug(self) -> None:
        self.plugged = True

    def close(self) -> None:
        self.cut(plug=False)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                if not self.plugged:
                    raise OSError
                far = socket.create_connection(("127.0.0.1", self._to_port), 5)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with self._lock:
                self._ends.discard(end)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # closing alone would not wake the thread that reads from it
            end.close()


class Subscriber:
    """A consumer with a session that the broker remembers; counts how often each message id came."""

    def __init__(self, port: int, topic: str = "#", **more: Any) -> None:
        self.ids: Counter[str] = Counter()
        self.bodies: dict[str, str] = {}  # message id → SHA-256 of the first copy
        self.differing: list[str] = []
        self.seen: list[tuple[str, dict[str, Any], bool]] = []
        self.first_order: list[str] = []
        self.keep_seen = True
        client_id = more.get("client_id", "consumer")
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
        if "tls" in more:
            self._client.tls_set_context(more["tls"])
        if "username" in more:
            self._client.username_pw_set(more["username"], more["password"])
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._ready = threading.Event()
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._take
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(10)

    def _take(self, _client: Any, _data: Any, message: Any) -> None:
        told = json.loads(message.payload)
        found = told["message_id"]
        digest = hashlib.sha256(message.payload).hexdigest()
        if self.bodies.setdefault(found, digest) != digest:
            self.differing.append(found)
        if self.ids[found] == 0:
            self.first_order.append(found)
        self.ids[found] += 1
        if self.keep_seen:
            self.seen.append((message.topic, told, bool(message.retain)))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [told for _, told, _ in self.seen if told["body"]["kind"] == kind]

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@dataclass
class Received:
    """One request that a webhook got."""

    headers: dict[str, str]
    body: bytes


@dataclass
class HookServer:
    """A webhook's receiver; answers what `answer` says."""

    answer: Callable[[int], int] = lambda _: 204  # how many came before → HTTP status
    got: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = outer.answer(len(outer.got))
                outer.got.append(Received({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
