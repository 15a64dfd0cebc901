#!/usr/bin/env bash
# Style, types, then the whole suite with branch coverage. The last line printed is pytest's own, so that nobody has to scroll.
set -euo pipefail

ruff check .
mypy
rm -f .coverage .coverage.*
report=$(mktemp)
trap 'rm -f "$report" "$report.json"' EXIT

status=0
# Which worker runs what: tests/support/shifts.py.
coverage run -m pytest -n "${JOBS:-2}" --dist loadgroup --no-loadscope-reorder "$@" 2>&1 | tee "$report" || status=$?
if [ "$status" = 0 ]; then
    coverage combine -q
    coverage json -q -o "$report.json"
    python tests/coverage_gate.py "$report.json" || status=1
    # Repeated on purpose: pytest's closing line ends the output whatever ran after it.
    tail -n 1 "$report"
fi
exit "$status"
