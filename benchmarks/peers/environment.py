"""The peers' own virtual environment: anomalib's needs stay out of ours; ours (torch) is seen behind it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"  # ignored by git: environment, exported graphs
VENV = BUILD / "peers-venv"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
DONE = VENV / "installed.txt"  # the requirements it was made from, written last


def make_environment() -> None:
    """Make the environment, or leave it as it is when it was made from these requirements.

    Raises:
        CalledProcessError: venv or pip failed; both said why.
    """
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if DONE.exists() and DONE.read_text(encoding="utf-8") == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    own = subprocess.run(
        [_python(), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    ours = sysconfig.get_paths()["purelib"]
    Path(own, "repository.pth").write_text(ours + "\n", encoding="utf-8")
    # Everything is pinned: resolving anew would fetch a second torch of 5 GB.
    subprocess.run([_python(), "-m", "pip", "install", "--no-deps", "-r", REQUIREMENTS], check=True)
    DONE.write_text(wanted, encoding="utf-8")


def run_there(module: str, *arguments: str) -> None:
    """Run one of the peers' modules in their environment, what it prints passed on to stderr.

    Raises:
        CalledProcessError: it failed, and said why.
    """
    paths = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    settings = os.environ | {"PYTHONPATH": paths, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    subprocess.run(
        [_python(), "-m", module, *arguments], check=True, env=settings, cwd=ROOT, stdout=sys.stderr
    )


def _python() -> Path:
    return VENV / "bin" / "python"
