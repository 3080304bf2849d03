#!/usr/bin/env bash
# documented.sh MARKDOWN LEAST: each command of the document ("    $ vmxspec ...") answers with the line that stands below it.
# Red too when the document has fewer than LEAST commands.
set -euo pipefail
: "${VMXSPEC:?}"
document=$1
least=$2
count=0
failures=0
cd "$(dirname "$0")/../../.."
while IFS= read -r line; do
    if [[ $line == '    $ vmxspec '* ]]; then
        command=${line#'    $ vmxspec '}
        IFS= read -r expected || expected=""
        expected=${expected#'    '}
        eval "arguments=($command)"
        count=$((count + 1))
        said=$("$VMXSPEC" "${arguments[@]}" 2>&1 </dev/null) || true
        if [[ ${said%%$'\n'*} != "$expected" ]]; then
            printf -- '--- %s: vmxspec %s\nexpected: %s\nsaid:     %s\n' "$document" "$command" "$expected" "${said%%$'\n'*}"
            failures=$((failures + 1))
        fi
    fi
done <"$document"
echo "$count commands of $document, $failures failed"
[[ $failures -eq 0 && $count -ge $least ]]
