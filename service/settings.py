"""The settings of a line, a plant and a supervisor, with the range of each key.

Thresholds never live here: they are the recipe's. `service/settings_file.py` reads them from TOML.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, with_config

from service.camera_settings import CameraSettings
from service.camera_settings import RenderedCamera as RenderedCamera
from service.camera_settings import ReplayCameraSettings as ReplayCameraSettings
from service.instrument_settings import Instruments, InstrumentSettings
from service.mill_settings import ClientAccess, DropSettings, MqttSettings, WebhookSettings
from vision.provider import Provider

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f/\\]+$")]
HOST = re.compile(r"[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
strict = with_config({"extra": "forbid"})


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSettings:
    """Where the line stands: tenant of every record."""

    enterprise: Identifier
    site: Identifier
    area: Identifier


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """The moving material and the encoder on it."""

    speed_mm_s: Annotated[float, Field(gt=0, le=20000)]  # nominal; the twin runs at it
    counts_per_mm: Annotated[float, Field(gt=0.01, le=1000)]
    roll_length_m: Annotated[float, Field(gt=0, le=100000)]  # fabric: a roll, fibre: a lot ends after it
    feed_kg_per_m2: Annotated[float, Field(ge=0, le=50)] = 0.0  # fibre on the belt
    overlap_rows: Annotated[int, Field(ge=0, le=2048)] = 0  # of each frame, that the one before showed too


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class SorterSettings:
    """The microcontroller and what it moves."""

    port: Annotated[str, Field(min_length=1)]  # "twin" simulates the microcontroller behind a real pty
    baud: Annotated[int, Field(ge=9600, le=4000000)]
    distance_mm: Annotated[float, Field(gt=0, le=100000)]  # camera line to valves or marker
    latency_ms: Annotated[float, Field(ge=0, le=1000)]  # from signal to jet or mark
    lanes: Annotated[int, Field(ge=1, le=16)]
    margin_mm: Annotated[float, Field(ge=0, le=1000)]  # added before and behind the object
    velocity_spread_pct: Annotated[float, Field(ge=0, le=50)] = (
        0.0  # of the material's speed up to the outputs
    )
    latency_spread_ms: Annotated[float, Field(ge=0, le=1000)] = 0.0  # standard deviation, from shot to shot


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What follows from a verdict."""

    on_failed: Literal["hold", "mark"]
    mark_unsure: bool  # fabric: mark doubtful places too
    stop_on_length_mm: Annotated[float, Field(ge=0, allow_inf_nan=False)] = (
        0.0  # a defect this long stops the line; 0: never
    )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSettings:
    """The line's picture ring."""

    budget_mb: Annotated[float, Field(ge=1, allow_inf_nan=False)]
    free_floor_mb: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    clean_sample_share: Annotated[float, Field(ge=0, le=1)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSettings:
    """Every frame on a ring of files. Without this table nothing is filmed."""

    ring_s: Annotated[float, Field(ge=1, le=86_400)]
    budget_mb: Annotated[
        float, Field(ge=1, allow_inf_nan=False)
    ]  # 2048 x 1024 at 60 frames/s: 126 MB a second
    free_floor_mb: Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:  # a port above 65535, half an IPv6 address
        good = False
    if not good:
        raise ValueError("give the plant's address, e.g. http://127.0.0.1:8420")
    return url


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkSettings:
    """Where events go. Without this table the line keeps them on its own disk."""

    url: Annotated[str, AfterValidator(_web_address)]
    token_file: Path
    keep_days: Annotated[int, Field(ge=2, le=36_500)] = 60  # events that the plant has; others always stay


def _each_core_once(cores: tuple[int, ...]) -> tuple[int, ...]:
    for core, times in Counter(cores).items():
        if times > 1:
            raise ValueError(f"core {core} stands there twice; each must be another one")
    return cores


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSettings:
    """Where the camera's calibration lies. Without this table a pixel is `camera.mm_per_px` everywhere."""

    folder: Path  # what `maqta calibrate --store` writes


def _left_to_right(columns: tuple[int, int] | None) -> tuple[int, int] | None:
    if columns is not None and not 0 <= columns[0] < columns[1]:
        raise ValueError("give the first column and the one behind the last, e.g. [0, 40]")
    return columns


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """What a fibre line watches besides foreign matter: trash and colour, its lamp, its reject bin."""

    report_every_s: Annotated[float, Field(ge=1, le=3600)] = 10.0
    # Columns in which a white tile is always in sight, first and behind the last; none: no lamp is watched.
    white_columns: Annotated[tuple[int, int] | None, AfterValidator(_left_to_right)] = None
    lamp_rd_limit: Annotated[float, Field(gt=0, le=20)] = 1.0  # Rd by which a drifted lamp may mislead
    lamp_b_limit: Annotated[float, Field(gt=0, le=20)] = 0.5
    bin_every_s: Annotated[float, Field(gt=0, le=86_400)] | None = (
        None  # the bin is read so often; none: never
    )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """Where the article's graph is computed: there or nowhere."""

    provider: Provider
    # A thread without work looks for some so long before it sleeps: 0 wakes late some hundred times a frame,
    # much eats the core that camera and sorter need (benchmarks/realtime.py).
    spin_us: Annotated[int, Field(ge=0, le=100_000)] = 50
    # Frames inspected at once, each on `threads`: strips of few rows go through sooner on one thread each.
    at_once: Annotated[int, Field(ge=1, le=16)] = 1


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeSettings:
    """How the line's process keeps its time beside others; benchmarks/realtime.py shows what each gives."""

    policy: Literal["fifo", "normal"] = "fifo"  # fifo: SCHED_FIFO where the system permits it
    # One for each of `threads` of each frame `at_once`; none: the system moves them about.
    cores: Annotated[tuple[Annotated[int, Field(ge=0, le=1023)], ...], AfterValidator(_each_core_once)] = ()
    freeze_collector: bool = True  # what lives at the start is never looked through again
    switch_interval_ms: Annotated[float, Field(ge=0.05, le=50)] = 0.5  # a thread waits so long for the next


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings:
    """Everything one line process needs."""

    line: Identifier
    kind: Literal["fabric", "fibre"]
    article: Name
    supplier: Annotated[str, Field(max_length=80)] = ""
    data_dir: Path
    registry_dir: Path
    place: PlaceSettings
    camera: CameraSettings
    web: WebSettings
    sorter: SorterSettings
    policy: PolicySettings
    pictures: PictureSettings
    uplink: UplinkSettings | None = None
    film: FilmSettings | None = None
    threads: Annotated[int, Field(ge=1, le=64)] = 1  # of the inference runtime
    calibration: CalibrationSettings | None = None
    lint: LintSettings = LintSettings()
    inference: InferenceSettings = InferenceSettings(provider=Provider.CPU)
    realtime: RealtimeSettings = RealtimeSettings()
    instruments: Instruments = field(default_factory=InstrumentSettings)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LineAccess:
    """A line that may deliver to this plant: its token's file holds the secret."""

    line: Identifier
    token_file: Path


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSettings:
    """One shift of the day, in the plant's time zone; may pass midnight."""

    name: Name
    break_min: Annotated[int, Field(ge=0, le=600)] = 0  # planned rest within it: not busy time
    people_per_line: Annotated[float, Field(ge=0, le=1000)] | None = None  # None: labour is not counted
    start: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceSettings:
    """A roll's limits by contract: ASTM D5430 leaves them to buyer and seller."""

    first_points_per_100_m2: Annotated[float, Field(ge=0, allow_inf_nan=False)]  # up to here: grade A
    second_points_per_100_m2: Annotated[
        float, Field(ge=0, allow_inf_nan=False)
    ]  # up to here: grade B; above: second


def _name_or_address(host: str) -> str:
    if not HOST.fullmatch(host):
        raise ValueError("give a name or an address, e.g. 127.0.0.1, or 0.0.0.0 for every network card")
    return host


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia" is a folder of zones
        raise ValueError("there is no such time zone; give a name such as Asia/Almaty") from error
    return name


def _each_line_once(lines: list[LineAccess]) -> list[LineAccess]:
    _refuse_twice([access.line for access in lines])
    _refuse_twice([access.token_file for access in lines])
    return lines


def _each_shift_once(shifts: list[ShiftSettings]) -> list[ShiftSettings]:
    _refuse_twice([shift.name for shift in shifts])
    _refuse_twice([shift.start for shift in shifts])
    return shifts


def _each_hook_once(hooks: list[WebhookSettings]) -> list[WebhookSettings]:
    _refuse_twice([hook.name for hook in hooks] + ["broker"])  # so the broker is called in the outbox
    return hooks


def _each_client_once(clients: list[ClientAccess]) -> list[ClientAccess]:
    _refuse_twice([client.name for client in clients])
    _refuse_twice([client.token_file for client in clients])
    return clients


def _each_folder_once(drops: list[DropSettings]) -> list[DropSettings]:
    _refuse_twice([drop.folder for drop in drops])
    return drops


def _web_address_or_none(url: str) -> str:
    return _web_address(url).rstrip("/") if url else url


def _refuse_twice(items: Sequence[object]) -> None:
    for item, count in Counter(items).items():
        if count > 1:
            raise ValueError(f"{item} stands there twice; each must have its own")


def _limits_in_order(limits: AcceptanceSettings) -> AcceptanceSettings:
    first, second = limits.first_points_per_100_m2, limits.second_points_per_100_m2
    if second < first:
        raise ValueError(
            f"second_points_per_100_m2 {second:g} is below first_points_per_100_m2 {first:g}; "
            f"grade B reaches further than grade A"
        )
    return limits


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A local day, or one of its shifts, on which nothing is planned to run."""

    day: date
    shift: str = ""  # empty: the whole day
    why: Name


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class StopReason:
    """Why a place may stand still; a planned stop is no lost time."""

    code: Identifier
    planned: bool = False


STOP_REASONS = (
    *(StopReason(code=code) for code in ("no_material", "yarn_break", "mechanical", "electrical")),
    *(StopReason(code=code) for code in ("quality_hold", "no_operator", "power_cut", "other")),
    *(StopReason(code=code, planned=True) for code in ("changeover", "cleaning", "maintenance", "no_order")),
)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """How far the ledger trusts its figures. Every default is an example until the plant sets its own."""

    # A spinning mill's chain reports 0.5 % invisible loss (secondary source); scales are no finer than 1 kg.
    unaccounted_limit_pct: Annotated[float, Field(ge=0, le=100)] = 0.5
    unaccounted_least: Annotated[float, Field(ge=0, le=1e6)] = 1.0  # kg, m2 or m
    standard_regain_pct: Annotated[float, Field(ge=0, le=40)] | None = None  # none: as weighed
    heads_dir: Path | None = None  # daily heads of the chain; best on another machine's share
    # Raw events only: what was counted stays for good. A rebuild needs them, so the default is two years.
    raw_events_days: Annotated[int, Field(ge=31, le=36_500)] = 730
    stop_reasons: list[StopReason] = field(default_factory=lambda: list(STOP_REASONS))
    days_off: list[DayOff] = field(default_factory=list)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PlantSettings:
    """Everything the plant process needs."""

    enterprise: Identifier
    site: Identifier
    data_dir: Path
    registry_dir: Path
    database_url: str = ""  # empty: SQLite in data_dir
    host: Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_name_or_address)]
    port: Annotated[int, Field(ge=0, le=65535)]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    lines: Annotated[list[LineAccess], Field(min_length=1), AfterValidator(_each_line_once)]
    shifts: Annotated[list[ShiftSettings], AfterValidator(_each_shift_once)]  # none: a day is one shift
    acceptance: Annotated[AcceptanceSettings, AfterValidator(_limits_in_order)]
    economics: Path | None = None  # prices and costs; without it figures in money are not measured
    reaction_plan: Path | None = None  # what to do at a chart's signal; without it the example plan
    twin_scenarios: list[Path] = field(default_factory=list)  # what the line twin may be asked about
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    demo: bool = False
    public_url: Annotated[str, AfterValidator(_web_address_or_none)] = ""  # in QR codes; empty: host and port
    mqtt: MqttSettings | None = None
    drops: Annotated[list[DropSettings], AfterValidator(_each_folder_once)] = field(default_factory=list)
    webhooks: Annotated[list[WebhookSettings], AfterValidator(_each_hook_once)] = field(default_factory=list)
    clients: Annotated[list[ClientAccess], AfterValidator(_each_client_once)] = field(default_factory=list)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What the supervisor of one PC starts."""

    plant: Path
    lines: list[Path] = field(default_factory=list)


def address_of(host: str, port: int) -> str:
    """The web address of a host, IPv6 too."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
