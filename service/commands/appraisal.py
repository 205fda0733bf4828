"""maqta appraisal: is the machine right? Misses by audits, agreement with people, drift, at the console."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.plant.appraisal.agreement import Agreement
    from service.plant.appraisal.intervals import Share
    from service.plant.appraisal.misses import MissEstimate
    from service.plant.quality import Quality

NAME = "appraisal"
HELP = "Is the machine right? Misses by audits, agreement with people, drift."
NOT_MEASURED = "not measured"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("config", type=Path, metavar="PLANT.toml")
    parser.add_argument("--days", type=float, default=28.0, help="audits of so many days (default 28)")
    parser.add_argument("--line", help="one line only")
    parser.add_argument("--json", action="store_true", help="JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print misses, agreement of every study, and drift."""
    from service.plant.console import open_quality
    from service.settings_file import load_plant

    if not 0 < args.days <= 3650:
        sys.stderr.write(f"maqta appraisal: --days {args.days:g}: give more than 0 and at most 3650\n")
        return 2
    now = datetime.now(UTC)
    with open_quality(load_plant(args.config), lambda: now) as quality:
        quality.known(args.line)
        sys.stdout.write(_told(quality, args.line, now - timedelta(days=args.days), now, as_json=args.json))
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (SettingsError, PlantError)


def _told(quality: "Quality", line: str | None, start: datetime, end: datetime, *, as_json: bool) -> str:
    from service.plant.views.kpis import Window

    misses = quality.audits.misses(Window(from_utc=start, to_utc=end), line)
    studies = {
        study.study_id: quality.studies.agreement(study.study_id) for study in quality.studies.listing(line)
    }
    drift = quality.drifts.views(line)
    if as_json:
        from pydantic import TypeAdapter

        codec: TypeAdapter[Any] = TypeAdapter(dict[str, Any])  # Any: three kinds of record
        found = {"misses": misses, "studies": studies, "drift": drift}
        return str(codec.dump_json(found, indent=1).decode()) + "\n"
    lines = [*_misses(misses)]
    for study_id, agreement in studies.items():
        lines += _agreement(study_id, agreement)
    for view in drift:
        status = NOT_MEASURED if view.psi is None else f"PSI {view.psi:.3f}, {view.status}"
        lines.append(f"{view.line} {view.measure.value}: {status} ({view.samples} of {view.wanted} samples)")
    return "\n".join(lines) + "\n"


def _misses(misses: "MissEstimate") -> list[str]:
    frames = misses.missed_frames
    hidden = NOT_MEASURED if frames is None else f"{frames[0]:.0f} ({frames[1]:.0f} to {frames[2]:.0f})"
    return [
        f"found, of the defects on {misses.rolls_audited} audited rolls: {_share(misses.recall_on_rolls)}",
        f"showing a defect, of {misses.pictures_audited} audited CLEAN samples: "
        f"{_share(misses.missed_per_clean_frame)}",
        f"CLEAN frames that hide a defect, of {misses.clean_frames}: {hidden}",
        f"drawn and not answered yet: {misses.waiting}",
    ]


def _agreement(study_id: str, found: "Agreement") -> list[str]:
    lines = [
        f"study {study_id}: {found.items} pictures, {found.defective} defective, reference: {found.reference}"
    ]
    for one in found.appraisers:
        kappa = "-" if one.kappa is None else f"{one.kappa:.2f}"
        lines.append(
            f"  {one.name}: effectiveness {_share(one.effectiveness)}, miss {_share(one.miss)}, "
            f"false alarm {_share(one.false_alarm)}, kappa {kappa}, {one.standing.value}"
        )
    return lines


def _share(share: "Share") -> str:
    if share.value is None:
        return NOT_MEASURED
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"
