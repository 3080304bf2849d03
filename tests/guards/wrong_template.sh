#!/usr/bin/env bash
# wrong_template.sh EXECUTABLE RULE: exactly the theorem about RULE is refuted, and the run fails.
set -euo pipefail
code=0
said=$("$1") || code=$?
printf '%s\n' "$said"
[[ $code -eq 1 ]] || { echo "expected exit code 1, got $code"; exit 1; }
[[ $(head -n -1 <<<"$said") == "refuted generated/$2" ]] || { echo "expected that generated/$2 alone is refuted"; exit 1; }
