"""A PostgreSQL cluster of tests and benchmarks: made anew, over a socket in a temporary folder."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USERS = ("postgres", "nobody")  # the server refuses to run as root
SEARCHED = "/usr/lib/postgresql"


def missing() -> str:
    """Why no cluster can be started here; empty where one can."""
    if program("initdb") is None:
        return "PostgreSQL is not here (Debian: apt-get install postgresql)"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not here (pip install 'maqta[postgresql]')"
    return ""


def program(name: str) -> Path | None:
    """A server program: Debian keeps them out of PATH."""
    found = shutil.which(name)
    if found:
        return Path(found)
    versions = sorted(Path(SEARCHED).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return versions[-1] if versions else None


@contextmanager
def cluster(folder: Path, *, fsync: bool = True) -> Iterator[str]:
    """Start a server with its files in `folder`; yields the URL of its database `postgres`."""
    user = _owner()
    data = folder / "data"
    data.mkdir(parents=True)
    if user is not None:
        for path in (folder, data):
            shutil.chown(path, user.pw_uid, user.pw_gid)
    _run(user, "initdb", "-D", data, "-U", "maqta", "--auth=trust", "--encoding=UTF8", "--no-sync")
    flag = "on" if fsync else "off"
    options = (
        f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync={flag} -c max_connections=100"
    )
    _run(user, "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://maqta@/postgres?host={folder}"
    finally:
        _run(user, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in USERS if name in known)


def _run(user: pwd.struct_passwd | None, name: str, *arguments: object) -> None:
    subprocess.run(
        [str(program(name)), *map(str, arguments)],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd="/",
        timeout=60,
    )
