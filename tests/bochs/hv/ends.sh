#!/usr/bin/env bash
# ends.sh CODE PATTERN COMMAND ...: whether the command ends with that exit code and says one line, on whichever channel, that has
# PATTERN, an extended regular expression.
set -euo pipefail

expected=$1 pattern=$2
shift 2
code=0
said=$("$@" 2>&1) || code=$?
if [[ $code != "$expected" || $said == *$'\n'* || ! $said =~ $pattern ]]; then
    printf 'exit code %s, expected %s; said:\n%s\nexpected one line with:\n%s\n' "$code" "$expected" "$said" "$pattern" >&2
    exit 1
fi
