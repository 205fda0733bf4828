"""Where this machine keeps what Maqta makes: MAQTA_HOME, or `var` in the current folder."""

import os
from pathlib import Path


def home() -> Path:
    """Folder of recipes, event logs and databases that no settings file names."""
    return Path(os.environ.get("MAQTA_HOME", "var"))


def default_registry() -> Path:
    """Folder of the recipes that `maqta learn` registers."""
    return home() / "registry"
