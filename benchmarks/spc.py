"""How often control charts cry wolf, and how soon they find a doubled defect rate.

python benchmarks/spc.py [--runs 400] [--json]
2000 tiles a subgroup, rolls that differ by 20 %, limits frozen from 50 subgroups, one seed. A false alarm is
a subgroup in control with a signal; found means: within five subgroups of the doubling. The g chart stands
apart: it is for rare critical kinds, which are counted by themselves; from 0.5 % on it is the wrong chart.
"""

import argparse
import json
from dataclasses import asdict, replace

from spc_runs import Case, Outcome, run

RATES = (0.001, 0.005, 0.031)
SEED = 20261124


def main() -> None:
    """Print a table, or JSON for `make bench`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    outcomes = {rate: run(replace(Case(rate=rate), runs=args.runs), SEED) for rate in RATES}
    if args.json:
        print(json.dumps({f"{rate:.1%}": asdict(outcome) for rate, outcome in outcomes.items()}))
        return
    print(f"{'':20}" + "".join(f"{rate:>10.1%}" for rate in RATES))
    for name in Outcome.__dataclass_fields__:
        print(f"{name:20}" + "".join(f"{getattr(outcomes[rate], name):>10.2%}" for rate in RATES))


if __name__ == "__main__":
    main()
