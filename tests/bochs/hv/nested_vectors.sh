#!/usr/bin/env bash
# nested_vectors.sh HV PROBE VMXSPEC MODEL DIR EVERY: of the vectors for the processor that the hypervisor HV gives its guest,
# each EVERY-th and those of rules, put to that processor and judged by the specification: DIR/trace.txt, DIR/compared.txt.
# Exit code: 0 nothing differs but what is known of the machine beneath, which saves L2's state, 1 something does, 3 there is
# no trace.
set -euo pipefail

hv=$1 probe=$2 vmxspec=$3 model=$4 dir=$5 every=$6
here=$(dirname -- "$0")
mkdir -p -- "$dir"
export VMXSPEC_HV=$hv
printf 'VMXVECT2\0\0\0\0' >"$dir/none" # a file of no vectors
bash "$here/../vectors.sh" "$dir/none" "$probe" "$model" "$dir/base" >/dev/null
"$vmxspec" vectors "$dir/base/trace.txt" "$dir/vectors" --every "$every" | head -n 1
bash "$here/../vectors.sh" "$dir/vectors" "$probe" "$model" "$dir" --timeout 600 --stall 20
sed -i "1a machine model=$model version=\"Bochs 2.7\"" "$dir/trace.txt"
code=0
"$vmxspec" validate "$dir/trace.txt" --set "$dir/vectors.json" --divergences "$here/../divergences.json" >"$dir/compared.txt" || code=$?
grep -v '^agrees' "$dir/compared.txt"
# Exit code 2: memory that the trace does not show, and nothing else.
((code != 2)) || code=0
exit "$code"
