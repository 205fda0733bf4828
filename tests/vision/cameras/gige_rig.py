"""The camera twin as a process of its own, to be killed and started again."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

ROWS, COLUMNS = 64, 256


def have_aravis() -> bool:
    return shutil.which("arv-fake-gv-camera-0.8") is not None


needs_aravis = pytest.mark.skipif(
    not have_aravis(), reason="libaravis is not here (Debian: apt-get install aravis-tools)"
)


def write_pictures(folder: Path, count: int = 3, rows: int = ROWS, columns: int = COLUMNS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        random = np.random.default_rng(number)
        cv2.imwrite(str(folder / f"{number}.png"), random.integers(0, 255, (rows, columns), np.uint8))
    return folder


class TwinProcess:
    """Starts in well under a second."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "vision.cameras.gige_twin", "--pictures", str(folder)]
        self._command += arguments
        self._process: subprocess.Popen[str] | None = None

    def start(self, patience_s: float = 60.0) -> None:
        """Another test on this machine may have its twin on loopback just now."""
        end_s = time.monotonic() + patience_s
        while not self._begun():
            if time.monotonic() > end_s:
                pytest.skip("the camera twin can't listen on loopback (another one does, on UDP port 3956)")
            time.sleep(0.5)

    def _begun(self) -> bool:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() == "ready":
            return True
        self.kill()
        return False

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def end(self) -> int:
        """End it in peace; returns how many frames it served."""
        process, self._process = self._process, None
        assert process is not None
        process.terminate()
        text, _ = process.communicate(timeout=10)
        return int(text.split()[-1])
