"""One TOML file → frozen settings, read once at the start; an unknown key or a value out of range stops it.

Paths in a file are relative to that file's folder.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from service.settings import LineSettings, PlantSettings, RunSettings

Settings = TypeVar("Settings", LineSettings, PlantSettings, RunSettings)


KINDS: dict[type[Any], str] = {LineSettings: "line", PlantSettings: "plant", RunSettings: "run"}
TELLING_KEYS: dict[type[Any], set[str]] = {  # keys that only one kind of file has
    LineSettings: {"line", "camera", "sorter"},
    PlantSettings: {"host", "database_url", "acceptance"},
    RunSettings: {"plant"},
}


class SettingsError(Exception):
    """A settings file can't be used; the message names file, table, key, value and what is allowed."""


def load_line(path: Path) -> LineSettings:
    """Read a LINE.toml.

    Raises:
        SettingsError: the file, a key or a value can't be used.
    """
    return _load(path, LineSettings)


def load_plant(path: Path) -> PlantSettings:
    """Read a PLANT.toml.

    Raises:
        SettingsError: the file, a key or a value can't be used.
    """
    return _load(path, PlantSettings)


def load_run(path: Path) -> RunSettings:
    """Read a supervisor's RUN.toml.

    Raises:
        SettingsError: the file, a key or a value can't be used.
    """
    return _load(path, RunSettings)


def load_any(path: Path) -> LineSettings | PlantSettings | RunSettings:
    """Read whichever of the three kinds of file this is, told by its keys.

    Raises:
        SettingsError: the file, a key or a value can't be used.
    """
    table = _read(path)
    kind = _kind_of(table)
    if kind is LineSettings:
        return _build(path, table, LineSettings)
    return _build(path, table, PlantSettings) if kind is PlantSettings else _build(path, table, RunSettings)


def load_site(run: RunSettings) -> tuple[PlantSettings, tuple[LineSettings, ...]]:
    """Read every file that a RUN.toml names.

    Raises:
        SettingsError: one of them can't be used, or they don't fit together.
    """
    plant = load_plant(run.plant)
    lines = tuple(load_line(path) for path in run.lines)
    known = {access.line for access in plant.lines}
    firsts: dict[object, Path] = {}
    for path, line in zip(run.lines, lines, strict=True):
        for key, value in (("line", line.line), ("data_dir", str(line.data_dir.resolve()))):
            if first := firsts.get((key, value)):
                raise SettingsError(f"{path}: {key} {value!r} is that of {first} too; give each line its own")
            firsts[key, value] = path
        if line.line not in known:
            raise SettingsError(
                f"{path}: {run.plant} does not know line {line.line!r}; add it to its [[lines]]"
            )
        own, place = f"{plant.enterprise}/{plant.site}", f"{line.place.enterprise}/{line.place.site}"
        if place != own:
            raise SettingsError(f"{path}: table [place]: {place!r} is not the plant's {own!r}; correct one")
    return plant, lines


def _load(path: Path, kind: type[Settings]) -> Settings:
    table = _read(path)
    found = _kind_of(table)
    if found not in (None, kind):
        is_of, asked = KINDS[found], KINDS[kind]
        raise SettingsError(
            f"{path}: these are the settings of a {is_of}, not of a {asked}; use it with 'maqta {is_of}'"
        )
    return _build(path, table, kind)


def _kind_of(table: Mapping[str, Any]) -> type[Any] | None:  # Any: TOML values before they are checked
    return next((kind for kind, keys in TELLING_KEYS.items() if keys & table.keys()), None)


def _read(path: Path) -> dict[str, Any]:  # Any: TOML values before they are checked
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: there is no such file; give the path of a TOML file") from error
    except OSError as error:
        raise SettingsError(f"{path}: can't be read ({error.strerror}); check its rights") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from error


def _build(path: Path, table: Mapping[str, Any], kind: type[Settings]) -> Settings:
    adapter: TypeAdapter[Settings] = TypeAdapter(kind)
    try:
        settings = adapter.validate_python(dict(table))
    except ValidationError as error:
        keys = _known_keys(kind)
        lines = [_explain(dict(problem), keys) for problem in error.errors()]
        raise SettingsError("\n".join(f"{path}: {line}" for line in lines)) from error
    anchored: Settings = _anchored(settings, path.resolve().parent)
    return anchored


def _explain(problem: dict[str, Any], known: frozenset[str]) -> str:
    *tables, key = [str(part) for part in problem["loc"]]
    where = f"table [{'.'.join(tables)}], key '{key}'" if tables else f"key '{key}'"
    if problem["type"] == "unexpected_keyword_argument":
        near = get_close_matches(key, known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "; remove it"
        hint = "; it belongs to another table" if key in known else hint
        return f"{where}: is not known (value {problem['input']!r}){hint}"
    if problem["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"{where}: is missing; add it"
    limit = str(problem["msg"]).replace("Input should", "must").removeprefix("Value error, ")
    given = problem["input"]
    shown = "its value" if isinstance(given, list | dict) else repr(given)
    return f"{where}: {shown} is refused: {limit}"


def _known_keys(kind: type[Any]) -> frozenset[str]:
    schema = TypeAdapter(kind).json_schema()
    names = set(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return frozenset(names)


def _anchored(record: Any, folder: Path) -> Any:  # Any: walks records of every settings class
    changes: dict[str, Any] = {}
    for item in fields(record):
        value = getattr(record, item.name)
        if isinstance(value, Path):
            changes[item.name] = folder / value
        elif is_dataclass(value):
            changes[item.name] = _anchored(value, folder)
        elif isinstance(value, list):
            changes[item.name] = [_anchored_item(entry, folder) for entry in value]
    return replace(record, **changes)


def _anchored_item(entry: Any, folder: Path) -> Any:
    if isinstance(entry, Path):
        return folder / entry
    return _anchored(entry, folder) if is_dataclass(entry) else entry
