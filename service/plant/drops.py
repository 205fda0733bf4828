"""Folders into which meters' and other software writes CSV files: each file is imported once and put aside.

A file that has not changed since the last look is whole. What was taken goes to `done/`; a file with a row
that was refused goes to `refused/` with the reasons beside it, and an alarm stands until that one is empty.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from service.mill_settings import DropSettings
from service.plant.errors import PlantError
from service.plant.imports.importer import Importer, Sent
from service.plant.imports.mapping import load_mapping
from service.plant.imports.reading import read_csv
from service.plant.ledger.terms import Origin
from service.plant.store.plant_alarms import PlantAlarm, clear_alarm, raise_alarm
from service.said.codes import Said
from service.said.sayings import Saying, say

log = logging.getLogger(__name__)

DONE, REFUSED, WHY = "done", "refused", ".why.txt"
MOST_BYTES = 8 * 1024 * 1024
GONE_CODE, REFUSED_CODE, SILENT_CODE = "drop_gone", "drop_refused", "drop_silent"
State = tuple[int, int]  # size and time of change of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Drops:
    """Looks into the plant's drop folders; called now and then by one thread."""

    settings: tuple[DropSettings, ...]
    importer: Importer
    data_dir: Path
    demo: bool
    now: Callable[[], datetime]
    _seen: dict[Path, State] = field(default_factory=dict)
    _last: dict[Path, datetime] = field(default_factory=dict)  # when a folder last brought a file
    _told: dict[tuple[Path, str], Saying | None] = field(default_factory=dict)  # what each alarm last said

    def look(self) -> int:
        """Take every file that is whole; returns how many."""
        return sum(self._look_into(drop) for drop in self.settings)

    def _look_into(self, drop: DropSettings) -> int:
        self._last.setdefault(drop.folder, self.now())
        if not drop.folder.is_dir():
            self._alarm(drop, GONE_CODE, say(Said.DROP_GONE))
            return 0
        self._alarm(drop, GONE_CODE, None)
        taken = 0
        try:
            for path in self._whole(drop.folder):
                self._take(drop, path)
                taken += 1
        except OSError as error:
            self._alarm(drop, GONE_CODE, say(Said.DROP_NOT_READ, error=str(error)))
        if taken:
            self._last[drop.folder] = self.now()
        self._watch(drop)
        return taken

    def _whole(self, folder: Path) -> Iterator[Path]:
        found = sorted(path for path in folder.glob("*.csv") if path.is_file())
        for path in [known for known in self._seen if known.parent == folder and known not in found]:
            del self._seen[path]
        for path in found:
            stat = path.stat()
            state = (stat.st_size, stat.st_mtime_ns)
            if self._seen.get(path) == state:
                del self._seen[path]
                yield path
            else:
                self._seen[path] = state

    def _take(self, drop: DropSettings, path: Path) -> None:
        why = self._import(drop, path)
        target = _free(path.parent / (REFUSED if why else DONE), path.name)
        if why:
            target.with_name(target.name + WHY).write_text(why + "\n", encoding="utf-8")
        path.rename(target)
        log.info("%s: %s", path, why or "imported")

    def _import(self, drop: DropSettings, path: Path) -> str:
        """Import a file; returns why something of it was refused."""
        if path.stat().st_size > MOST_BYTES:
            return f"{path.stat().st_size} bytes, at most {MOST_BYTES}: split the file"
        content = path.read_bytes()
        try:
            mapping = load_mapping(drop.mapping, self.data_dir)
            sent = Sent(
                mapping_name=drop.mapping,
                mapping=mapping,
                source=path.name[:200],
                content=content,
                user=f"drop:{drop.folder.name}"[:255],
                origin=Origin.CSV,
                demo=self.demo,
            )
            report = self.importer.take(sent, read_csv(content, mapping))
        except PlantError as error:
            if error.problem == "database":
                raise
            return str(error)
        return "\n".join(f"row {row.row} {row.field}: {row.why}" for row in report.refused)

    def _watch(self, drop: DropSettings) -> None:
        refused = sorted((drop.folder / REFUSED).glob("*.csv"))
        names = ", ".join(path.name for path in refused[:5])
        told = say(Said.DROP_REFUSED, files=len(refused), folder=f"{REFUSED}/", names=names)
        self._alarm(drop, REFUSED_CODE, told if refused else None)
        silent = timedelta(minutes=drop.silent_after_min)
        is_silent = drop.silent_after_min > 0 and self.now() - self._last[drop.folder] >= silent
        told = say(Said.DROP_SILENT, minutes=drop.silent_after_min)
        self._alarm(drop, SILENT_CODE, told if is_silent else None)

    def _alarm(self, drop: DropSettings, code: str, told: Saying | None) -> None:
        if (drop.folder, code) in self._told and self._told[drop.folder, code] == told:
            return  # every write makes readers count anew
        self._told[drop.folder, code] = told
        subject = str(drop.folder)[-255:]
        with self.importer.database.write() as tx:
            if told is None:
                clear_alarm(tx, code, subject, self.now())
                return
            said = say(Said.DROP, folder=subject, because=told)
            alarm = PlantAlarm(code=code, subject=subject, line="", said=said, demo=self.demo)
            raise_alarm(tx, self.importer.owner, alarm, self.now())


def _free(folder: Path, name: str) -> Path:
    """A path in a folder that holds nothing yet."""
    folder.mkdir(exist_ok=True)
    path, number = folder / name, 1
    while path.exists():
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return path
