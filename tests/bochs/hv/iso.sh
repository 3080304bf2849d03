#!/usr/bin/env bash
# iso.sh ISO DIR BOCHS-OPTION ... -- SENTENCE ...: the ISO in Bochs, until the machine ends; COM1 is DIR/serial.txt.
# Exit code: 0 COM1 has each SENTENCE, 1 it does not.
set -euo pipefail

iso=$1 dir=$2
shift 2
options=()
while [[ $1 != -- ]]; do
    options+=("$1")
    shift
done
shift
mkdir -p -- "$dir"
# There is no trace, which bochs.sh remarks upon.
bash "$(dirname -- "$0")/../bochs.sh" --iso "$iso" --out "$dir" "${options[@]}" >"$dir/said.txt" 2>&1 || true
for sentence in "$@"; do
    grep -aqF -- "$sentence" "$dir/serial.txt" || {
        echo "iso.sh: COM1 has no \"$sentence\": $(cat "$dir/said.txt")" >&2
        exit 1
    }
done
