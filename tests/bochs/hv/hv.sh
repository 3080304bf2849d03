#!/usr/bin/env bash
# hv.sh HV GUEST OPTIONS DIR SENTENCE BOCHS-OPTION ...: the hypervisor HV with GUEST (a kernel, or - for none) and its own OPTIONS
# in Bochs, until the machine ends; COM1 is DIR/serial.txt.
# Exit code: 0 COM1 has SENTENCE, 1 it does not.
set -euo pipefail

hv=$1 guest=$2 options=$3 dir=$4 sentence=$5
shift 5
here=$(dirname -- "$0")
mkdir -p -- "$dir"
modules=(--module -)
[[ $guest == - ]] || modules=(--module "$guest one two" --module "$here/../selftest/module.txt first")
# However it ends: what counts is what was said.
"$here/../../../hv/iso/boot.sh" --hypervisor "$hv" --hv "$options" --out "$dir" --serial "$dir/serial.txt" --timeout 60 "${modules[@]}" \
    -- --ips 1000000 --unknown-msrs fault "$@" >"$dir/said.txt" 2>&1 || true
rm -f -- "$dir/boot.iso"
grep -aqF -- "$sentence" "$dir/serial.txt" || {
    echo "hv.sh: COM1 has no \"$sentence\": $(cat "$dir/said.txt")" >&2
    exit 1
}
