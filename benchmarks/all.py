"""Run every benchmark in turn and keep its figures, with date and machine, in benchmarks/results/."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from datasets.evaluation.machine import machine

HERE = Path(__file__).parent
BENCHMARKS = {
    "inspector": ["inspector.py", "--json"],
    "learning": ["inspector.py", "--learn", "--json"],
    "line_path": ["line_path.py", "--seconds", "60"],
    "ingest": ["ingest.py", "--json"],
    "plant_store": ["plant_store.py"],
    "accuracy": ["accuracy.py"],
    "hard_cases": ["hard_cases.py"],
    "false_alarms": ["false_alarms.py"],
    "spc": ["spc.py", "--json"],
    "fibre": ["fibre.py", "--json"],
    "loop": ["loop.py", "--json"],
    "calibration": ["calibration.py", "--json"],
    "demo_run": ["demo_run.py", "--minutes", "10"],
    "panel": ["panel.py", "--json"],
    "sorter": ["sorter.py", "--json"],
    "camera": ["cameras.py", "gige", "--seconds", "20"],
    "camera_ways": ["cameras.py", "ways", "--seconds", "10"],
}
ON_REQUEST = {
    "peers": ["compare_peers.py"],  # fetches an environment of its own, and takes long
    "realtime": ["realtime.py"],  # an hour, on a machine that does nothing else
    "film": ["cameras.py", "film", "--seconds", "600"],  # writes 75 GB to the temporary disk
}


def main() -> int:
    """Run those named on the command line, or all that are not on request only."""
    (HERE / "results").mkdir(exist_ok=True)
    failed = 0
    for name in sys.argv[1:] or BENCHMARKS:
        script, *arguments = (BENCHMARKS | ON_REQUEST)[name]
        print(f"{name} ...", flush=True)
        done = subprocess.run(
            [sys.executable, HERE / script, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stderr[-2000:])
            failed += 1
            continue
        figures = json.loads(done.stdout.strip().splitlines()[-1])
        record = {
            "command": " ".join(["python", f"benchmarks/{script}", *arguments]),
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine(),
            "figures": figures,
        }
        (HERE / "results" / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(figures))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
