"""maqta grade: learn lint grades from a plant's classed samples, grade a lot, list the standards' tables."""

import argparse
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.plant.grading.lint.shelf import LintProfile

NAME = "grade"
HELP = "Learn lint grades from the plant's own classed samples, and grade a lot by them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    fit = actions.add_parser("fit", help="learn from a CSV file: lot, grade, rd, plus_b, trash_area_pct, …")
    fit.add_argument("samples", type=Path, metavar="SAMPLES.csv")
    fit.add_argument("--order", default="", metavar="A,B,C", help="the grades, best first (default: as text)")
    lot = actions.add_parser("lot", help="grade a lot by its readings")
    lot.add_argument("readings", type=Path, metavar="READINGS.csv")
    lot.add_argument("--version", type=int, metavar="N", help="default: the newest")
    for action in (fit, lot):
        action.add_argument("--profile", default="lint", metavar="NAME", help="default: lint")
        action.add_argument(
            "--folder", type=Path, metavar="DIR", help="where profiles lie (default: var/grades)"
        )
    listed = actions.add_parser("standards", help="list the standards' tables and whether they were verified")
    for action in (fit, lot, listed):
        action.add_argument("--json", action="store_true", help="print one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Do the action; 1 where a grade was refused."""
    return {"fit": _fit, "lot": _lot, "standards": _standards}[args.action](args)


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError

    return (PlantError,)


def _fit(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from service.plant.grading.lint.fitting import fit_samples
    from service.plant.grading.lint.samples import read_samples
    from service.plant.grading.lint.shelf import put_profile

    samples = read_samples(args.samples)
    fitted = fit_samples(samples, tuple(name.strip() for name in args.order.split(",") if name.strip()))
    digest = hashlib.sha256(args.samples.read_bytes()).hexdigest()
    profile = put_profile(_folder(args), args.profile, fitted, samples_sha256=digest, utc=datetime.now(UTC))
    told = {
        "profile": profile.name, "version": profile.version, "samples": profile.samples, "lots": profile.lots,
        "features": profile.model.features, "agreement": asdict(profile.agreement),
        "trash_mass": None if profile.trash_mass is None else asdict(profile.trash_mass),
    }  # fmt: skip
    sys.stdout.write((json.dumps(told) if args.json else _profile_text(profile)) + "\n")
    return 0


def _lot(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    import numpy as np

    from service.plant.grading.lint.lot import grade_lot
    from service.plant.grading.lint.samples import read_readings
    from service.plant.grading.lint.shelf import get_profile

    profile = get_profile(_folder(args), args.profile, args.version)
    lot = grade_lot(profile.model, np.array(read_readings(args.readings, profile.model.features)))
    if args.json:
        told = {"profile": profile.name, "version": profile.version, **asdict(lot)}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        head = f"grade {lot.grade}" if lot.grade else f"no grade: {lot.reason}"
        shares = [
            f"  {one.grade:12} {one.share:6.1%} ({one.low:.1%} to {one.high:.1%})" for one in lot.shares
        ]
        tail = f"{lot.readings} readings, {lot.refused} outside the profile {profile.name} v{profile.version}"
        sys.stdout.write("\n".join([head, *shares, tail]) + "\n")
    return 0 if lot.grade else 1


def _standards(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from service.plant.grading.lint.standard import shipped_standards

    found = shipped_standards()
    if args.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], ensure_ascii=False) + "\n")
        return 0
    for one in found:
        state = "verified" if one.verified else "not verified: empty, grades nothing until a plant enters it"
        sys.stdout.write(f"{one.id:16} {one.title} ({one.edition}): {state}\n")
    return 0


def _profile_text(profile: "LintProfile") -> str:
    agreement = profile.agreement
    width = max(len(grade) for grade in agreement.grades) + 2
    lines = [
        f"profile {profile.name} v{profile.version}: {profile.samples} samples of {profile.lots} lots, "
        f"by {', '.join(profile.model.features)}",
        f"each lot judged without itself: {agreement.same_share:.1%} as the classer, "
        f"kappa {agreement.kappa:.2f} ({agreement.kappa_low:.2f} to {agreement.kappa_high:.2f}), "
        f"weighted {agreement.weighted_kappa:.2f}, "
        f"{agreement.refused} refused",
        "classer \\ model ".ljust(16) + "".join(grade.rjust(width) for grade in agreement.grades),
    ]
    for grade, row in zip(agreement.grades, agreement.confusion, strict=True):
        lines.append(grade.ljust(16) + "".join(str(count).rjust(width) for count in row))
    mass = profile.trash_mass
    lines.append(
        "trash mass: too few weighed samples for a line"
        if mass is None
        else f"trash mass % = {mass.intercept_pct:.3g} + {mass.slope:.3g} x area %, "
        f"off by {mass.error_pct:.2g} "
        f"({mass.samples} weighed)"
    )
    return "\n".join(lines)


def _folder(args: argparse.Namespace) -> Path:
    return Path(args.folder) if args.folder else Path("var/grades")
