"""How much the plant's own disk holds: its store, its pictures, and what is left."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from service.plant.views.upkeep import Holdings

COUNTED_FOR = timedelta(minutes=1)  # walking over a hundred thousand pictures takes a while
PICTURES_FOLDER = "pictures"


@dataclass(slots=True, kw_only=True)
class Upkeep:
    """Counts at most once a minute. Thread-safe."""

    folder: Path
    now: Callable[[], datetime]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counted: Holdings | None = None

    def holdings(self) -> Holdings:
        """What lies in the plant's folder, a minute old at most."""
        with self._lock:
            now = self.now()
            if self._counted is None or now - self._counted.utc >= COUNTED_FOR:
                self._counted = self._count(now)
            return self._counted

    def _count(self, now: datetime) -> Holdings:
        usage = shutil.disk_usage(self.folder)
        store = pictures = files = 0
        for path in self.folder.rglob("*"):
            try:
                size = path.stat().st_size if path.is_file() else 0
            except OSError:  # gone meanwhile
                continue
            if PICTURES_FOLDER in path.relative_to(self.folder).parts:
                pictures, files = pictures + size, files + bool(size)
            else:
                store += size
        return Holdings(
            utc=now,
            store_bytes=store,
            pictures_bytes=pictures,
            pictures=files,
            free_bytes=usage.free,
            total_bytes=usage.total,
        )
