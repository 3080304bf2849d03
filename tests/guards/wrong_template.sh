#!/usr/bin/env bash
# wrong_template.sh EXECUTABLE THEOREM...: exactly these theorems are refuted, and the run fails.
set -euo pipefail
executable=$1
shift
code=0
said=$("$executable") || code=$?
printf '%s\n' "$said"
[[ $code -eq 1 ]] || { echo "expected exit code 1, got $code"; exit 1; }
[[ $(head -n -1 <<<"$said") == "$(printf 'refuted %s\n' "$@")" ]] || { echo "expected that these alone are refuted: $*"; exit 1; }
