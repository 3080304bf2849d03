#!/usr/bin/env bash
# instructions.sh VMXSPEC ISO MODEL DIR: the VMX instructions on Bochs' MODEL, judged by the specification: DIR/trace.txt,
# DIR/compared.txt.
# Exit code: 0 they agree but for known divergences, 1 they do not, 3 there is no trace.
set -euo pipefail

vmxspec=$1 iso=$2 model=$3 out=$4
here=$(dirname -- "$0")
bash "$here/bochs.sh" --iso "$iso" --model "$model" --out "$out"
code=0
"$vmxspec" validate "$out/trace.txt" --divergences "$here/divergences.json" >"$out/compared.txt" || code=$?
cat "$out/compared.txt"
grep -q 'VMX instructions: [1-9]' "$out/compared.txt" || { echo "instructions.sh: the trace has no instructions." >&2; exit 1; }
exit "$code"
