#!/usr/bin/env bash
# proofs.sh VMXSPEC THEOREMS REFUTED: every theorem has the verdict that is expected of it, and none is missing.
# The limit is of real time, of which a busy machine takes more.
set -euo pipefail
said=$("$1" prove --limit 120) || { printf '%s\n' "$said"; exit 1; }
last=$(tail -n 1 <<<"$said")
printf '%s\n' "$last"
[[ $last == "$2 theorems: $(($2 - $3)) proven, $3 refuted, 0 unknown; 0 not as expected."* ]] ||
    { echo "expected $2 theorems, $3 of them refuted"; exit 1; }
