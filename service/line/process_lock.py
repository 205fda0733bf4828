"""One process a line: a lock file that the kernel lets go of when its holder dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from service.line.errors import LogBusyError


class ProcessLock:
    """Holds a lock file as long as this process wants it."""

    def __init__(self, path: Path, *, what: str) -> None:
        """Take the lock.

        Raises:
            LogBusyError: another process holds it; the message names its process id.
        """
        self._file = path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise LogBusyError(
                f"{what} is already running as process {holder} (lock file {path}); "
                "stop it, or give this line another id and data_dir"
            ) from error
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let go of the lock; the file stays."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
