#!/usr/bin/env bash
# confront.sh VMXSPEC PROBE MODEL DIR EVERY [SHARD]: the specification against Bochs' MODEL. The probe tells its base
# state, the vectors are made from it (or were, and are kept in DIR/../vectors, or in VMXSPEC_VECTORS), the probe runs them, and what it saw is
# compared: DIR/vectors, DIR/vectors.json, DIR/trace.txt, DIR/compared.txt, DIR/result.json.
# Of the vectors, each EVERY-th is run, and those of rules; of these a SHARD, such as 2/8, if one is given.
# Exit code: 0 they agree but for known divergences, and if all vectors ran all checks are put to the test; 1 they do
# not; 3 there is no trace.
set -euo pipefail

vmxspec=$1 probe=$2 model=$3 out=$4 every=$5 shard=${6:-1/1}
here=$(dirname -- "$0")
mkdir -p -- "$out"

printf 'VMXVECT2\0\0\0\0' >"$out/none" # a file of no vectors
bash "$here/vectors.sh" "$out/none" "$probe" "$model" "$out/base" >/dev/null
# Of shards that run side by side one makes the vectors, and the others find them.
kept=${VMXSPEC_VECTORS:-$(dirname -- "$out")/vectors}
mkdir -p -- "$kept"
flock -- "$kept/$model.lock" "$vmxspec" vectors "$out/base/trace.txt" "$out/vectors" --every "$every" --shard "$shard" \
    --cache "$kept" >"$out/said.txt"
head -n 1 "$out/said.txt"
bash "$here/vectors.sh" "$out/vectors" "$probe" "$model" "$out" --timeout 600 --stall 3
coverage=()
[[ $every != 1 || $shard != 1/1 ]] || coverage=(--unexercised "$here/unexercised.json")
code=0
"$vmxspec" validate "$out/trace.txt" --set "$out/vectors.json" --result "$out/result.json" \
    --divergences "$here/divergences.json" --messages "$here/messages.json" "${coverage[@]}" >"$out/compared.txt" || code=$?
cat "$out/compared.txt"
exit "$code"
