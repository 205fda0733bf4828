"""The grading profiles of a plant: those that are shipped and its own, each version once."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from service.plant.errors import PlantError
from service.plant.grading.profile import FOUR_POINT, Profile, load_profile

SHIPPED = FOUR_POINT.parent
OWN_FOLDER = "profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A profile with the hash of its file."""

    profile: Profile
    sha256: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Reads profiles from their folders; a new file is found without a start."""

    folders: tuple[Path, ...]

    @classmethod
    def of(cls, data_dir: Path) -> "Shelf":
        """What is shipped, and what the plant wrote into `profiles/` of its data."""
        return cls(folders=(SHIPPED, data_dir / OWN_FOLDER))

    def listing(self) -> tuple[Shelved, ...]:
        """Every profile, by id and version.

        Raises:
            PlantError: bad_profile: a file can't be used, or two bear one id and version.
        """
        found: dict[tuple[str, int], Shelved] = {}
        for path in (path for folder in self.folders for path in sorted(folder.glob("*.toml"))):
            profile = load_profile(path)
            key = (profile.id, profile.version)
            if key in found:
                raise PlantError(
                    "bad_profile",
                    f"{path} and {found[key].file} are both {key[0]} version {key[1]}; raise one version",
                )
            found[key] = Shelved(
                profile=profile, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), file=str(path)
            )
        return tuple(found[key] for key in sorted(found))

    def get(self, profile_id: str, version: int | None = None) -> Shelved:
        """One profile; without a version the newest.

        Raises:
            PlantError: unknown_profile, and those of `listing`.
        """
        every = self.listing()
        fitting = [
            one for one in every if one.profile.id == profile_id and version in (None, one.profile.version)
        ]
        if not fitting:
            known = ", ".join(f"{one.profile.id} {one.profile.version}" for one in every)
            raise PlantError(
                "unknown_profile",
                f"profile {profile_id} version {version or 'any'}: known are {known}",
            )
        return fitting[-1]
