#!/usr/bin/env bash
# instructions.sh PROGRAM QUESTION PINNED: the instructions of one check, counted by callgrind. Red when those of a VMCS that
# passes are not within 10 % of PINNED (then the figure in CMakeLists.txt is to be looked at), or a failing one takes over
# 10 % more.
set -euo pipefail
program=$1
question=$2
pinned=$3
command -v valgrind >/dev/null || { echo "instructions: valgrind is missing; ./run test installs it." >&2; exit 3; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# counted passing|failing
counted() {
    valgrind --tool=callgrind --collect-atstart=no --toggle-collect='vmxspec::bench::measured_*' \
        --callgrind-out-file="$scratch/out" "$program" "$question" "$1" >"$scratch/log" 2>&1 || { cat "$scratch/log"; return 1; }
    awk '$1 == "totals:" {print $2}' "$scratch/out"
}
passing=$(counted passing)
failing=$(counted failing)
echo "$question: $passing instructions for a VMCS that passes (pinned: $pinned), $failing for one that fails"
((passing * 10 >= pinned * 9 && passing * 10 <= pinned * 11)) || { echo "not within 10 % of the pinned figure"; exit 1; }
((failing * 10 <= passing * 11)) || { echo "a failing check takes over 10 % more than a passing one"; exit 1; }
