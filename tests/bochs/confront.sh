#!/usr/bin/env bash
# confront.sh VMXSPEC PROBE MODEL DIR EVERY: the specification against Bochs' MODEL. The probe tells its base state, the
# vectors are made from it, the probe runs them, and what it saw is compared: DIR/trace.txt, DIR/vectors, DIR/said.txt.
# Of the vectors, each EVERY-th is run, and those of rules.
# Exit code: 0 they agree but for known divergences, 1 they do not, 3 there is no trace.
set -euo pipefail

vmxspec=$1 probe=$2 model=$3 out=$4 every=$5
here=$(dirname -- "$0")
mkdir -p -- "$out"

printf 'VMXVECT1\0\0\0\0' >"$out/none" # a file of no vectors
bash "$here/vectors.sh" "$out/none" "$probe" "$model" "$out/base" >/dev/null
"$vmxspec" vectors "$out/base/trace.txt" "$out/vectors" --every "$every" >"$out/said.txt"
head -n 1 "$out/said.txt"
bash "$here/vectors.sh" "$out/vectors" "$probe" "$model" "$out" --timeout 600 --stall 3
code=0
"$vmxspec" validate "$out/trace.txt" --divergences "$here/divergences.json" >"$out/compared.txt" || code=$?
cat "$out/compared.txt"
# What a trace leaves open is open: memory that it does not show, traits of the model. Were it much, nothing was compared.
((code == 2)) || exit "$code"
[[ $(grep "cannot be judged\.$" "$out/compared.txt") =~ ([0-9]+)\ VM\ entries.*\ ([0-9]+)\ cannot\ be\ judged ]]
((BASH_REMATCH[2] * 20 < BASH_REMATCH[1])) || {
    echo "confront.sh: of ${BASH_REMATCH[1]} VM entries ${BASH_REMATCH[2]} cannot be judged, more than one in twenty." >&2
    exit 1
}
