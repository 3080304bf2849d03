#!/usr/bin/env bash
# hv.sh HV GUEST OPTIONS DIR SENTENCE BOCHS-OPTION ...: the hypervisor HV with GUEST (a kernel, or - for none) and its own OPTIONS
# in Bochs, until the machine ends; COM1 is DIR/serial.txt.
# Exit code: 0 COM1 has SENTENCE, 1 it does not.
set -euo pipefail

hv=$1 guest=$2 options=$3 dir=$4 sentence=$5
shift 5
here=$(dirname -- "$0")
tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub" "$dir"
cp -- "$hv" "$tree/boot/hv"
{
    printf 'set timeout=0\nmenuentry "hv" {\n    multiboot2 /boot/hv %s\n    set gfxpayload=text\n' "$options"
    if [[ $guest != - ]]; then
        cp -- "$guest" "$tree/boot/guest"
        cp -- "$here/../selftest/module.txt" "$tree/boot/module.txt"
        printf '    module2 /boot/guest one "two three"\n    module2 /boot/module.txt first\n'
    fi
    echo '}'
} >"$tree/boot/grub/grub.cfg"
bash "$here/../../../runtime/boot/mkiso.sh" "$tree" "$dir/hv.iso"
# There is no trace, which bochs.sh remarks upon.
bash "$here/../bochs.sh" --iso "$dir/hv.iso" --out "$dir" "$@" >"$dir/said.txt" 2>&1 || true
rm -f -- "$dir/hv.iso"
grep -aqF -- "$sentence" "$dir/serial.txt" || {
    echo "hv.sh: COM1 has no \"$sentence\": $(cat "$dir/said.txt")" >&2
    exit 1
}
