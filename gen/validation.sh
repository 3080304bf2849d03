#!/usr/bin/env bash
# validation.sh VMXSPEC BUILD PYTHON: BUILD/docs/bochs.html, the page "spec against Bochs", of the results in
# BUILD/bochs/confront. Without any it says how to get them; with parts only, so does what is printed.
set -euo pipefail

vmxspec=$1 build=$2 python=$3
here=$(cd -- "$(dirname -- "$0")" && pwd)
table=$build/generated/validation.json
rm -f -- "$table"
shopt -s nullglob
results=("$build"/bochs/confront/*/*-of-*/result.json)
((${#results[@]})) || results=("$build"/bochs/confront/*/result.json)
code=0
((${#results[@]} == 0)) || "$vmxspec" validate --merge "${results[@]}" --table "$table" >/dev/null || code=$?
((code < 3)) || echo "validation.sh: the page has no results; ./run validate --all makes them anew." >&2
"$python" "$here/validation.py" "$table" "$build/docs/bochs.html"
