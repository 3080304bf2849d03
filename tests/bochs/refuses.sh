#!/usr/bin/env bash
# refuses.sh PATTERN COMMAND ...: whether the command refuses, with exit code 3 and one line on standard error
# that matches PATTERN, an extended regular expression.
set -euo pipefail

pattern=$1
shift

code=0
said=$("$@" 2>&1 >/dev/null) || code=$?
if [[ $code != 3 || $said == *$'\n'* || ! $said =~ $pattern ]]; then
    printf 'exit code %s, expected 3; said:\n%s\nexpected one line with:\n%s\n' "$code" "$said" "$pattern" >&2
    exit 1
fi
printf '%s\n' "$said"
