"""The parity gate's report: whether every way to compute a bundle's graph comes to the same verdicts.

parity.json in the bundle's folder, listed in its sums; a bundle without a report that passed isn't activated.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from vision.bundle import MODEL_FILE, PARITY_FILE, add_bundle_file, read_bundle_file, sha256_hex
from vision.types import VisionError

LEAST_TILES: Final = 200
LEAST_NEAR: Final = 50
CURE: Final = "run 'maqta model parity ARTICLE --good DIR' with pictures of good material"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFigures:
    """One way to compute the graph against the reference, over all tiles."""

    name: str
    largest_difference: float  # of a score
    limit: (
        float | None
    )  # the largest difference allowed; None: verdicts alone decide, as for a quantised graph
    changed_within_unsure: int  # verdicts that became UNSURE or were it
    changed_beyond: int  # verdicts between CLEAN and DEFECTIVE, or FAILED

    @property
    def agrees(self) -> bool:
        """Whether this path may stand for the reference."""
        near_enough = self.limit is None or self.largest_difference <= self.limit
        return near_enough and self.changed_beyond == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """What the gate measured of one bundle."""

    model_sha256: str
    created_utc: str  # ISO 8601
    reference: str  # what the paths are compared with
    processor: str
    tiles: int
    near: int  # tiles whose score lies near a threshold
    unsure: float  # the thresholds at that time
    defective: float
    paths: tuple[PathFigures, ...]

    @property
    def passed(self) -> bool:
        """Whether the bundle may be activated."""
        return not self.why_not()

    def why_not(self) -> str:
        """Say what keeps the bundle from being activated; empty when nothing does."""
        faults = []
        if self.tiles < LEAST_TILES or self.near < LEAST_NEAR:
            faults.append(
                f"{self.tiles} tiles, {self.near} of them near a threshold, at least {LEAST_TILES} and "
                f"{LEAST_NEAR} are needed"
            )
        if not self.paths:
            faults.append("no path was compared")
        faults += [_disagreement(path) for path in self.paths if not path.agrees]
        return "; ".join(faults)


_CODEC: TypeAdapter[ParityReport] = TypeAdapter(ParityReport)


def read_parity(folder: Path) -> ParityReport:
    """Read the report that lies with a bundle.

    Raises:
        VisionError: there is none, it was changed, or it is of another graph.
    """
    path = folder / PARITY_FILE
    if not path.is_file():
        raise VisionError(f"bundle {folder.name}: has not been through the parity gate; {CURE}")
    try:
        report = _CODEC.validate_json(read_bundle_file(folder, PARITY_FILE))
    except ValidationError as error:
        raise VisionError(f"{path}: {error.errors()[0]['msg']}; {CURE}") from error
    found = sha256_hex(read_bundle_file(folder, MODEL_FILE))
    if report.model_sha256 != found:
        raise VisionError(
            f"{path}: is of model {report.model_sha256[:12]}…, the bundle's is {found[:12]}…; {CURE}"
        )
    return report


def parity_fault(folder: Path) -> str:
    """Return what a bundle's report says against activating it; empty: nothing. Never raises."""
    try:
        return read_parity(folder).why_not()
    except VisionError as error:
        return str(error)


def write_parity(folder: Path, report: ParityReport) -> None:
    """Put a report with its bundle; an older one there is replaced.

    Raises:
        VisionError: the folder is no bundle, or can't be written.
    """
    add_bundle_file(folder, PARITY_FILE, _CODEC.dump_json(report, indent=1))


def describe(report: ParityReport) -> list[str]:
    """Say a report in lines for a person."""
    lines = [f"{report.tiles} tiles, {report.near} near a threshold; reference: {report.reference}"]
    lines += [
        f"{path.name}: largest difference {path.largest_difference:.2g}, verdicts changed within UNSURE "
        f"{path.changed_within_unsure}, beyond {path.changed_beyond}"
        for path in report.paths
    ]
    return [*lines, f"parity gate: {report.why_not() or 'passed'}"]


def _disagreement(path: PathFigures) -> str:
    limit = "" if path.limit is None else f" (limit {path.limit:.2g})"
    return (
        f"{path.name} differs by {path.largest_difference:.3g}{limit} and changes {path.changed_beyond} "
        "verdicts between CLEAN and DEFECTIVE or to FAILED"
    )
