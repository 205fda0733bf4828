"""A secret in a file that only its owner reads; made where it is missing."""

import logging
import os
import re
import secrets
from pathlib import Path

from service.plant.errors import PlantError

log = logging.getLogger(__name__)

SHORTEST = 20  # characters; the plant's own have 43
SECRET = re.compile(r"[!-~]+")  # what an HTTP header carries unchanged
MODE = 0o600


def read_or_make(path: Path, whose: str) -> str:
    """The secret in a file.

    Raises:
        PlantError: bad_token: the file can't be read or written, or holds no secret.
    """
    try:
        if not path.exists():
            _make(path)
        secret = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise PlantError("bad_token", f"{whose}: token file {path}: {error}") from error
    if len(secret) < SHORTEST:
        raise PlantError(
            "bad_token",
            f"{whose}: token file {path} holds {len(secret)} characters, at least {SHORTEST} "
            f"are needed; delete it and a new one is made",
        )
    if not SECRET.fullmatch(secret):
        raise PlantError(
            "bad_token",
            f"{whose}: token file {path} holds no token but something else; a token is one word "
            f"of printable ASCII; delete it and a new one is made",
        )
    if path.stat().st_mode & 0o077:
        log.warning("token file %s can be read by others; run: chmod 600 %s", path, path)
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    part.replace(path)  # a line that looks meanwhile sees no file or a whole one
    log.info("token file %s made", path)
