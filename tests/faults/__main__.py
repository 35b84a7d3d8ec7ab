"""`python -m tests.faults --kills 200`: runs are killed and resumed; do they end the same?"""

import argparse
import sys
import tempfile
from pathlib import Path

from .kills import try_all


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often to kill (200)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (0)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = try_all(Path(folder) / "runs", arguments.kills, arguments.seed)
    print(", ".join(f"{name}: {count}" for name, count in counts.items()))
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
