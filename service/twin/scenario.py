"""SCENARIO.toml → frozen record: which line, what is changed of it, what runs over it, how true it is.

Paths are relative to the scenario's folder. Nothing here has an effect on a real line.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from service.settings import LineSettings, strict
from service.settings_file import SettingsError, load_line
from vision.taxonomy import DefectKind

Share = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Range = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialScenario:
    """What lies on the belt."""

    # "first" taught the names, on "second" constants were set; of "third" nothing was ever tuned.
    generator: Literal["first", "second", "third"] = "second"
    pieces_per_m2: Annotated[float, Field(ge=0, le=200)] = 1.5
    kinds: tuple[DefectKind, ...] = ()  # none: all that the generator knows
    long_mm: Range = (1.0, 40.0)  # not of the first generator: longest side of a piece
    contrast: Range = (0.15, 1.0)  # not of the first generator: 1 is the kind's own colour, 0 that of lint
    extra: Literal["none", "uv", "polarised"] = "none"  # what the camera's blue plane shows instead of blue


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeScenario:
    """What it is judged by."""

    source: Literal["learn", "registry"] = (
        "learn"  # from good lint of this material, or the line's active recipe
    )
    good_strips: Annotated[int, Field(ge=4, le=400)] = 24  # to learn from
    false_alarms_per_100m: Annotated[float, Field(gt=0, le=1000)] = 10.0  # asked of what is learnt
    unsure: float | None = None  # other thresholds than the recipe's own
    defective: float | None = None
    by_kind: dict[DefectKind, float] = field(default_factory=dict)  # `defective` of single kinds


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class TruthScenario:
    """How far belt, fibre and valves truly are from what the settings say."""

    speed_wobble_pct: Annotated[float, Field(ge=0, le=20)] = 1.0  # the belt's speed swings by so much
    wobble_s: Annotated[float, Field(gt=0)] = 3.0  # period of the swing
    slip_pct: Annotated[float, Field(ge=0, le=20)] = 0.4  # spread of a piece's speed on the way to the valves
    latency_off_ms: float = 0.0  # the valve opens so much later than sorter.latency_ms says
    latency_spread_ms: Spread = 0.4  # from shot to shot
    jet_mm: Annotated[float, Field(ge=0, le=100)] = 3.0  # length of the jet's footprint along the belt
    overlap_mm: Annotated[float, Field(ge=0, le=100)] = 2.0  # it reaches so far beyond its lane at each side
    stuck_valves: tuple[Annotated[int, Field(ge=0, le=15)], ...] = ()  # these never open


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class HostScenario:
    """How long the host takes; `inspect_p50_ms` 0: as long as it takes here and now, so no two runs agree."""

    inspect_p50_ms: Annotated[float, Field(ge=0)] = 9.0
    inspect_p99_ms: Annotated[float, Field(ge=0)] = 14.0
    transfer_ms: Annotated[float, Field(ge=0)] = 1.0  # from the end of exposure to the frame in memory
    link_ms: Annotated[float, Field(ge=0)] = 1.2  # from order to controller (docs: 1.2 ms p50 at 500 kbaud)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceScenario:
    """What errors cost, in any one currency. The defaults are examples: a plant puts its own."""

    fibre_per_kg: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.7
    missed: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.10  # a piece that passes
    missed_by_kind: dict[DefectKind, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = field(
        default_factory=dict
    )

    def of(self, kind: str) -> float:
        """What a piece of a kind costs that passes."""
        return self.missed_by_kind.get(DefectKind(kind), self.missed)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question to the twin."""

    line: Path
    seconds: Annotated[float, Field(gt=0, le=36000)]  # of belt time
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    change: dict[str, float | int | str | bool] = field(default_factory=dict)  # "web.speed_mm_s" = 2400.0
    material: MaterialScenario = MaterialScenario()
    recipe: RecipeScenario = RecipeScenario()
    truth: TruthScenario = TruthScenario()
    host: HostScenario = HostScenario()
    prices: PriceScenario = PriceScenario()

    def line_settings(self) -> LineSettings:
        """The line's settings with the changes.

        Raises:
            SettingsError: the line's file or a change can't be used.
        """
        settings = load_line(self.line)
        for key, value in self.change.items():
            settings = _changed(settings, key.split("."), value, key)
        if settings.web.overlap_rows:
            raise SettingsError(
                f"{self.line}: web.overlap_rows is {settings.web.overlap_rows}, but the twin's frames don't "
                'overlap; set "web.overlap_rows" = 0 under [change]'
            )
        try:
            return _LINE.validate_python(_plain(settings))
        except ValidationError as error:
            raise SettingsError(f"[change]: {_first(error)}") from error


_SCENARIO: TypeAdapter[Scenario] = TypeAdapter(Scenario)
_LINE: TypeAdapter[LineSettings] = TypeAdapter(LineSettings)


def load_scenario(path: Path, changes: Mapping[str, str] | None = None) -> Scenario:
    """Read a scenario; `changes` are "table.key" → TOML value, as `maqta twin --set` takes them.

    Raises:
        SettingsError: the file, a key or a value can't be used.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: can't be read ({error.strerror}); give the path of a SCENARIO.toml"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from error
    for key, text in (changes or {}).items():
        _set(table, key, text)
    try:
        scenario = _SCENARIO.validate_python(table)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_first(error)}") from error
    return replace(scenario, line=path.resolve().parent / scenario.line)


def _set(table: dict[str, Any], key: str, text: str) -> None:  # Any: TOML values before they are checked
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    first, _, rest = key.partition(".")
    if first == "line" and rest:  # of the line's own settings: line.web.speed_mm_s=2400
        table.setdefault("change", {})[rest] = value
        return
    *tables, last = key.split(".")
    for name in tables:
        table = table.setdefault(name, {})
    table[last] = value


def _changed(record: Any, keys: list[str], value: object, whole: str) -> Any:  # Any: a record of settings.py
    name, *rest = keys
    known = [item.name for item in fields(record)] if is_dataclass(record) else []
    if name not in known:
        raise SettingsError(f"[change] {whole!r}: the line has no such key; here it has {', '.join(known)}")
    inner = getattr(record, name)
    return replace(record, **{name: _changed(inner, rest, value, whole) if rest else value})


def _plain(settings: LineSettings) -> dict[str, Any]:
    return {key: value for key, value in asdict(settings).items() if value is not None}


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"key {where!r}: {problem['input']!r} is refused: {problem['msg']}"
