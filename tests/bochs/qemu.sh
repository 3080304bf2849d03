#!/usr/bin/env bash
# qemu.sh ISO DIR CPU SENTENCE: boots the ISO in QEMU, which emulates no VMX, and looks for the sentence on COM1
# and on port E9H. Exit code: 0 found on both, and the kernel ended QEMU; 1 not so; 3 QEMU is missing.
set -euo pipefail

iso=$1 dir=$2 cpu=$3 sentence=$4
limit=60

qemu='qemu-system-x86_64'
if ! command -v "$qemu" >/dev/null; then
    echo "qemu.sh: $qemu is not installed: install the Debian package qemu-system-x86." >&2
    exit 3
fi
mkdir -p -- "$dir"

code=0
timeout --kill-after=5 "$limit" "$qemu" -accel tcg -cpu "$cpu" -m 256 -display none -monitor none -no-reboot \
    -cdrom "$iso" -serial "file:$dir/serial.txt" -debugcon "file:$dir/e9.txt" </dev/null || code=$?
if ((code == 124)); then
    echo "qemu.sh: QEMU did not finish within $limit s." >&2
    exit 1
fi
for channel in serial e9; do
    if ! grep -aqF -- "$sentence" "$dir/$channel.txt"; then
        echo "qemu.sh: $dir/$channel.txt has no \"$sentence\"." >&2
        exit 1
    fi
done
