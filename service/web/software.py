"""Which version of the package this is."""

from importlib.metadata import PackageNotFoundError, version


def software_version() -> str:
    """The version of the installed package."""
    try:
        return version("maqta")
    except PackageNotFoundError:
        return "unknown"
