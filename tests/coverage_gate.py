"""The rooms where a forgotten branch is a security hole must be covered: at least 95 % of their branches.

Reads the file that `coverage json` writes; exits 1 and names each room that falls short.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

GUARDED = {
    "policy": "broker/policy/",
    "linking": "broker/linking/",
    "tokens": "broker/tokens/",
    "provider": "broker/provider/",
    "limits": "broker/limits/",
    "cases": "broker/cases/",
    "keys": "keys/",
}
LEAST_PERCENT = 95.0


def main(report: Path) -> int:
    """Print one line a room; 0 when every room reaches the bar."""
    have: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    for name, entry in files.items():
        for room, folder in GUARDED.items():
            if name.startswith(folder):
                have[room][0] += entry["summary"]["covered_branches"]
                have[room][1] += entry["summary"]["num_branches"]
    short = 0
    for room in GUARDED:
        covered, branches = have[room]
        percent = 100.0 * covered / branches if branches else 0.0
        verdict = "" if percent >= LEAST_PERCENT else f"  <- less than {LEAST_PERCENT:.0f} %"
        short += bool(verdict)
        print(f"branches covered in {room}: {percent:.1f} % ({covered} of {branches}){verdict}")
    if short:
        print("only the tests that tests/support/watching.py names are watched: a new one may be missing there")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
