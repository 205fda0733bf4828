"""Which processes have a serial port open, so that the message can name who must let go of it."""

import os
from pathlib import Path

_PROC = Path("/proc")
_FAR_ENDS = {
    "/dev/ptmx",
    "/dev/pts/ptmx",
}  # who has it open plays the controller behind a pty, and doesn't hold the port


def port_holders(port: str) -> list[str]:
    """Return "process 123 (its command line)" of each other process with this port open, as far as seen.

    Only processes of this user, or all for root, can be looked into.
    """
    path = os.path.realpath(port)
    found = []
    for process in sorted(_PROC.glob("[0-9]*"), key=lambda each: int(each.name)):
        opened = _open_files(process) if int(process.name) != os.getpid() else set()
        if path in opened and not opened & _FAR_ENDS:
            found.append(f"process {process.name} ({_command(process)})")
    return found


def _open_files(process: Path) -> set[str]:
    try:
        return {str(each.readlink()) for each in (process / "fd").iterdir()}
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return set()


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()[:120]
    except OSError:
        return "ended meanwhile"
