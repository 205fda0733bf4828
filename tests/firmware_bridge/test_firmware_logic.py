"""The firmware's logic files on this machine, under the address and undefined-behaviour sanitizers."""

import shutil
import subprocess

import emulated_sorter
import pytest


@pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("make")), reason="gcc or make is not here (Debian: gcc make)"
)
def test_the_unit_tests_in_c_pass_under_sanitizers(tmp_path):
    command = ["make", "-s", "-C", emulated_sorter.FIRMWARE, f"BUILD={tmp_path}", "test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "all tests of the firmware's logic passed" in done.stdout
