import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
from inspector import memory_mb
from rendered_web import ROWS, web

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "inspector.py"


def test_no_strip_of_the_web_comes_twice_and_a_fifth_is_defective():
    strips = list(islice(web(512), 15))
    assert [strip.is_defective for strip in strips] == [True, False, False, False, False] * 3
    assert len({strip.pixels.tobytes() for strip in strips}) == 15
    assert min(np.diff([strip.first_row for strip in strips])) >= ROWS


def test_a_second_of_the_speed_benchmark_ends_with_the_five_figures():
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--seconds", "0.2", "--columns", "512", "--json"],
        capture_output=True, text=True, check=False, cwd=BENCHMARK.parents[1],
        env={"PYTHONPATH": str(BENCHMARK.parents[1])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert list(figures) == ["mpx_s", "p50_ms", "p99_ms", "worst_mpx_s", "rss_mb"]
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert min(figures["mpx_s"], figures["worst_mpx_s"]) > 0


def test_memory_read_from_the_kernel_follows_what_is_held():
    before = memory_mb("VmRSS")
    held = np.ones(64_000_000, np.uint8)
    assert 60 < memory_mb("VmRSS") - before < 80
    assert held.sum() == 64_000_000
