#!/usr/bin/env bash
# proofs.sh VMXSPEC THEOREMS: every theorem has the verdict that is expected of it, and none is missing.
set -euo pipefail
said=$("$1" prove) || { printf '%s\n' "$said"; exit 1; }
last=$(tail -n 1 <<<"$said")
printf '%s\n' "$last"
[[ $last == "$2 theorems: $(($2 - 1)) proven, 1 refuted, 0 unknown; 0 not as expected."* ]] ||
    { echo "expected $2 theorems, of which nested/copied-efer alone is refuted"; exit 1; }
