#!/usr/bin/env bash
# second_entry.sh TREE DIR: the second menu entry of the ISO that is made of the folder TREE, chosen without anybody to choose
# it: the probe's trace must be complete. Exit code: that of bochs.sh.
set -euo pipefail

tree=$1 dir=$2
here=$(dirname -- "$0")
copy=$(mktemp -d)
trap 'rm -rf -- "$copy"' EXIT
mkdir -p -- "$dir"
cp -r -- "$tree/." "$copy"
sed -i 's/^set timeout=.*/set timeout=0\nset default=1/' "$copy/boot/grub/grub.cfg"
bash "$here/../../../runtime/boot/mkiso.sh" "$copy" "$dir/second.iso"
code=0
bash "$here/../bochs.sh" --iso "$dir/second.iso" --out "$dir" --model corei7_skylake_x || code=$?
rm -f -- "$dir/second.iso"
exit "$code"
