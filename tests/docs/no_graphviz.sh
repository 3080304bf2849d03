#!/usr/bin/env bash
# no_graphviz.sh PYTHON CATALOGUE.PY CATALOGUE.JSON HEADERS: without Graphviz the generator says so in one sentence.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
code=0
PATH=/nowhere "$1" "$2" "$3" "$4" "$scratch/docs" 2>"$scratch/said" || code=$?
[[ $code -eq 3 && $(wc -l <"$scratch/said") -eq 1 && ! -e $scratch/docs ]] && grep -q "Graphviz's dot is missing; " "$scratch/said" && exit 0
echo "exit code $code; said:"
cat "$scratch/said"
exit 1
