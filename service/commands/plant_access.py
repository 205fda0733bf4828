"""How a subcommand reaches a running plant: by its settings file, or by address and token."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

ANSWER_S = 120.0
ROLES = ("viewer", "technician", "engineer", "manager")


class PlantAnswerError(Exception):
    """The plant is not there, or refuses; the message is for the person at the keyboard."""


def add_plant_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --plant, --url and --token-file."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--plant",
        type=Path,
        metavar="PLANT.toml",
        help="the running plant's settings; uses one of its [[clients]]",
    )
    where.add_argument("--url", help="its address, e.g. https://plant.mill.local; needs --token-file")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="a client's token")


@contextmanager
def plant_client(args: argparse.Namespace, role: str) -> Iterator["httpx.Client"]:
    """A client of the plant's API that may do what needs `role`.

    Raises:
        PlantAnswerError: there is no client with that role, or the plant can't be reached.
    """
    import httpx

    url, token_file = _where(args, role)
    try:
        token = token_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PlantAnswerError(
            f"{token_file}: {error.strerror}; the plant makes its clients' tokens when it starts"
        ) from error
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=ANSWER_S) as http:
            yield http
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PlantAnswerError(f"the plant at {url} does not answer ({error}); is it running?") from error


def checked(answer: "httpx.Response") -> "httpx.Response":
    """The answer, if it is a good one.

    Raises:
        PlantAnswerError: the plant's own words.
    """
    if answer.is_success:
        return answer
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"HTTP {answer.status_code}"
    raise PlantAnswerError(f"the plant refuses: {detail}")


def write_out(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def _where(args: argparse.Namespace, role: str) -> tuple[str, Path]:
    if args.url is not None:
        if args.token_file is None:
            raise PlantAnswerError("--url needs --token-file, the token of one of the plant's [[clients]]")
        return args.url.rstrip("/"), args.token_file
    from service.settings import address_of
    from service.settings_file import load_plant

    settings = load_plant(args.plant)
    fitting = [client for client in settings.clients if ROLES.index(client.role) >= ROLES.index(role)]
    if args.token_file is None and not fitting:
        raise PlantAnswerError(
            f"{args.plant}: no [[clients]] with role {role} or above; add name, role and token_file"
        )
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return address_of(host, settings.port), args.token_file or fitting[0].token_file
