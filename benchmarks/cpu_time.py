"""CPU seconds of this process and of a PostgreSQL cluster: what something took, whoever else is at work."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Taken:
    """What something took; filled in at its end."""

    wall_s: float = 0.0
    own_cpu_s: float = 0.0
    server_cpu_s: float = 0.0

    def rates(self, count: int) -> dict[str, object]:
        """How many a second, by the wall clock and by CPU time of this process and the server together."""
        return {
            "per_s": round(count / self.wall_s),
            "per_cpu_s": round(count / (self.own_cpu_s + self.server_cpu_s)),
            "own_cpu_s": round(self.own_cpu_s, 2),
            "server_cpu_s": round(self.server_cpu_s, 2),
        }


@contextmanager
def timed(cluster: Path | None) -> Iterator[Taken]:
    """Time a block; `cluster` is the folder of a PostgreSQL cluster's data, if one takes part."""
    taken = Taken()
    wall_s, own_s, server_s = time.perf_counter(), time.process_time(), server_cpu_s(cluster)
    yield taken
    taken.wall_s = time.perf_counter() - wall_s
    taken.own_cpu_s = time.process_time() - own_s
    taken.server_cpu_s = server_cpu_s(cluster) - server_s


def server_cpu_s(cluster: Path | None) -> float:
    """CPU seconds of a cluster's postmaster and its living children, and of those that ended."""
    pid_file = cluster / "postmaster.pid" if cluster is not None else None
    if pid_file is None or not pid_file.exists():
        return 0.0
    postmaster = int(pid_file.read_text(encoding="ascii").split()[0])
    every = [_stat(path) for path in Path("/proc").glob("[0-9]*/stat")]
    ticks = 0
    for pid, parent, own, ended in filter(None, every):
        ticks += own + ended if pid == postmaster else own if parent == postmaster else 0
    return ticks / TICKS_S


def _stat(path: Path) -> tuple[int, int, int, int] | None:
    """Process id, parent, own ticks, ticks of ended children; see proc(5)."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended meanwhile
        return None
    fields = text[text.rindex(")") + 2 :].split()
    own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return int(text.split()[0]), int(fields[1]), own, ended
