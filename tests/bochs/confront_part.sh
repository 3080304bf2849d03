#!/usr/bin/env bash
# confront_part.sh BUILD EVERY MODEL SHARD: confront.sh for a part of the vectors, such as 2/8, in
# BUILD/bochs/confront/MODEL/2-of-8. That entries differ is a result; the exit code is 0 if there is one, else 1.
set -euo pipefail

build=$1 every=$2 model=$3 shard=$4
out=$build/bochs/confront/$model/${shard/\//-of-}
mkdir -p -- "$out"
rm -f -- "$out/result.json"
code=0
export VMXSPEC_VECTORS=$build/bochs/confront/vectors
bash "$(dirname -- "$0")/confront.sh" "$build/bin/vmxspec" "$build/tests/bochs/probe" "$model" "$out" "$every" "$shard" \
    >"$out/told.txt" 2>&1 || code=$?
((code < 3)) && [[ -s $out/result.json ]] || {
    tail -n 3 "$out/told.txt" >&2
    exit 1
}
