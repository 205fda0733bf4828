"""Versions of learnt lint profiles on disk: NAME/v0001.json, v0002.json …; none is ever overwritten."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from service.plant.errors import PlantError
from service.plant.grading.lint.agreement import Agreement
from service.plant.grading.lint.fitting import Fitted
from service.plant.grading.lint.model import GradeModel
from service.plant.grading.lint.trash_mass import TrashMass

SCHEMA = 1
BAD_PROFILE = "bad_profile"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_FILE = re.compile(r"v(\d{4,})\.json")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LintProfile:
    """One version of what a plant taught."""

    name: str
    version: int
    created_utc: str
    samples_sha256: str
    samples: int
    lots: int
    model: GradeModel
    agreement: Agreement
    trash_mass: TrashMass | None


def put_profile(
    folder: Path, name: str, fitted: Fitted, *, samples_sha256: str, utc: datetime
) -> LintProfile:
    """Write the next version.

    Raises:
        PlantError: bad_profile: the name is none, or the folder can't be written.
    """
    if not _NAME.fullmatch(name):
        raise PlantError(BAD_PROFILE, f"profile name {name!r}: use a-z, 0-9, '-' and '_', at most 63")
    version = max(_versions(folder / name), default=0) + 1
    profile = LintProfile(
        name=name,
        version=version,
        created_utc=utc.isoformat(timespec="seconds"),
        samples_sha256=samples_sha256,
        samples=fitted.samples,
        lots=fitted.lots,
        model=fitted.model,
        agreement=fitted.agreement,
        trash_mass=fitted.trash_mass,
    )
    path = folder / name / f"v{version:04d}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            json.dump(_plain(profile), file, indent=1)
    except OSError as error:
        raise PlantError(BAD_PROFILE, f"{path}: can't be written ({error.strerror or error})") from error
    return profile


def get_profile(folder: Path, name: str, version: int | None = None) -> LintProfile:
    """Read a version, or the newest.

    Raises:
        PlantError: bad_profile: there is none, or it is damaged.
    """
    held = _versions(folder / name)
    if not held or (version is not None and version not in held):
        wanted = "" if version is None else f" version {version}"
        raise PlantError(
            BAD_PROFILE, f"{folder}: no profile {name!r}{wanted}; make one: maqta grade fit SAMPLES.csv"
        )
    path = folder / name / f"v{version or max(held):04d}.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        model, agreement = table["model"], table["agreement"]
        return LintProfile(
            **{
                key: table[key]
                for key in ("name", "version", "created_utc", "samples_sha256", "samples", "lots")
            },
            model=GradeModel(
                features=tuple(model["features"]),
                grades=tuple(model["grades"]),
                means=np.array(model["means"]),
                precision=np.array(model["precision"]),
                shares=np.array(model["shares"]),
            ),
            agreement=Agreement(
                **agreement
                | {
                    "grades": tuple(agreement["grades"]),
                    "confusion": tuple(map(tuple, agreement["confusion"])),
                }
            ),
            trash_mass=None if table["trash_mass"] is None else TrashMass(**table["trash_mass"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlantError(BAD_PROFILE, f"{path}: is damaged ({error}); fit the samples again") from error


def _versions(folder: Path) -> list[int]:
    return [int(found[1]) for path in folder.glob("v*.json") if (found := _FILE.fullmatch(path.name))]


def _plain(profile: LintProfile) -> dict[str, object]:
    model = profile.model
    return {
        "schema": SCHEMA,
        **{key: getattr(profile, key) for key in ("name", "version", "created_utc", "samples_sha256")},
        "samples": profile.samples,
        "lots": profile.lots,
        "source": "the plant's own classed samples; no official grade",
        "model": {
            "features": model.features,
            "grades": model.grades,
            "means": model.means.tolist(),
            "precision": model.precision.tolist(),
            "shares": model.shares.tolist(),
        },
        "agreement": asdict(profile.agreement),
        "trash_mass": None if profile.trash_mass is None else asdict(profile.trash_mass),
    }
