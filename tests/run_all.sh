#!/usr/bin/env bash
# Style, types and the whole suite with branch coverage. The last line printed is pytest's own, so that nobody has to scroll.
set -euo pipefail

ruff check .
rm -f .coverage .coverage.*
report=$(mktemp)
# Types take one processor for a minute, so they are read while the tests begin; what they find fails the run all the same.
mypy >"$report.types" 2>&1 &
types=$!
trap 'rm -f "$report" "$report.json" "$report.types"' EXIT

status=0
# Which worker runs what: tests/support/shifts.py.
coverage run -m pytest -n "${JOBS:-2}" --dist loadgroup --no-loadscope-reorder "$@" 2>&1 | tee "$report" || status=$?
wait "$types" || status=1
cat "$report.types"
if [ "$status" = 0 ]; then
    coverage combine -q
    coverage json -q -o "$report.json"
    python tests/coverage_gate.py "$report.json" || status=1
    # Repeated on purpose: pytest's closing line ends the output whatever ran after it.
    tail -n 1 "$report"
fi
exit "$status"
