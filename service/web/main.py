"""The plant process: opens the plant, serves API and panel, stops cleanly."""

import logging
import socket
import threading
from collections.abc import Callable

import uvicorn

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.rounds import Rounds
from service.settings import PlantSettings, address_of
from service.web.app import build_app, utc_now

log = logging.getLogger(__name__)
OPEN_SOCKETS_END_AFTER_S = 2  # a browser keeps its socket open for ever; the process must not wait for it
STOP_LOOK_S = 0.2
THREAD_ENDS_WITHIN_S = 15.0


def run_plant(settings: PlantSettings, stop: threading.Event, announce: Callable[[str], None]) -> int:
    """Serve until `stop` is set; returns the exit code.

    Args:
        settings: port 0 takes a free one; `announce` tells which.
        stop: set from outside to end the process.
        announce: prints a line for the person at the keyboard; also the first admin password, once.

    Raises:
        PlantError: the store can't be opened, or the address can't be listened on.
    """
    plant = Plant.open(settings, utc_now)
    try:
        with _listen(settings.host, settings.port) as listener:
            return _serve(plant, settings, listener, stop, announce)
    finally:
        plant.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PlantError(
            "address_taken",
            f"plant: can't listen on {host}:{port} ({error.strerror}); stop what runs there, "
            f"or correct host and port",
        ) from error
    return listener


def _serve(
    plant: Plant,
    settings: PlantSettings,
    listener: socket.socket,
    stop: threading.Event,
    announce: Callable[[str], None],
) -> int:
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(plant, settings),
            log_config=None,
            log_level=logging.WARNING,  # at info it writes a line for each socket, with the page's id in it
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=OPEN_SOCKETS_END_AFTER_S,
        )
    )
    # uvicorn takes the signals only on the main thread; there they belong to the process's own stop event
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    _await_start(server, thread, stop)
    if server.started:
        # not before: NiceGUI walks all objects of the process as it starts, and a tuple it holds can't grow
        plant.mill.start()
        _announce(plant, settings, listener, announce)
    rounds = Rounds(plant)
    while thread.is_alive() and not stop.wait(STOP_LOOK_S):
        rounds.run_if_due()
    return _end(server, thread, stop)


def _await_start(server: uvicorn.Server, thread: threading.Thread, stop: threading.Event) -> None:
    while thread.is_alive() and not server.started and not stop.wait(0.02):
        pass


def _announce(
    plant: Plant, settings: PlantSettings, listener: socket.socket, announce: Callable[[str], None]
) -> None:
    port = listener.getsockname()[1]
    announce(f"Panel: {address_of(settings.host, port)}/")
    password = plant.people.first_admin_password()
    if password is not None:
        announce(f"Log in as admin with the password {password} (shown once; choose your own after it)")
    else:
        announce("Log in with your password; a forgotten one: maqta plant PLANT.toml --reset-password LOGIN")
    log.info("plant serves on %s port %d", settings.host, port)


def _end(server: uvicorn.Server, thread: threading.Thread, stop: threading.Event) -> int:
    asked = stop.is_set()
    server.should_exit = True
    thread.join(THREAD_ENDS_WITHIN_S)
    if thread.is_alive():
        log.error(
            "the web thread did not end within %.0f s; the process ends without it", THREAD_ENDS_WITHIN_S
        )
        return 1
    if not asked:
        log.error("the web server ended by itself; its messages above say why")
        return 1
    log.info("plant stopped")
    return 0
