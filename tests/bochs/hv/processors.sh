#!/usr/bin/env bash
# processors.sh HV OPTIONS GUEST PROCESSORS DIR SENTENCES BOCHS-OPTION ...: the GUEST of processors.cpp with so many PROCESSORS in Bochs,
# under the hypervisor HV with its OPTIONS or bare (-), until the machine ends; COM1 is DIR/serial.txt.
# Exit code: 0 COM1 has each of the SENTENCES, which a | parts, and no "not so"; 1 not so.
set -euo pipefail

hv=$1 options=$2 guest=$3 processors=$4 dir=$5 sentences=$6
shift 6
here=$(dirname -- "$0")
tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub" "$dir"
cp -- "$guest" "$tree/boot/guest"
if [[ $hv == - ]]; then
    boot="multiboot2 /boot/guest $processors"
else
    cp -- "$hv" "$tree/boot/hv"
    boot="multiboot2 /boot/hv $options
    module2 /boot/guest $processors"
fi
printf 'set timeout=0\nmenuentry "processors" {\n    %s\n    set gfxpayload=text\n}\n' "$boot" >"$tree/boot/grub/grub.cfg"
bash "$here/../../../runtime/boot/mkiso.sh" "$tree" "$dir/processors.iso"
# There is no trace, which bochs.sh remarks upon.
bash "$here/../bochs.sh" --iso "$dir/processors.iso" --out "$dir" --cpus "$processors" "$@" >"$dir/said.txt" 2>&1 || true
rm -f -- "$dir/processors.iso"
wrong=0
while read -r -d '|' sentence; do
    grep -aqF -- "$sentence" "$dir/serial.txt" || {
        echo "processors.sh: COM1 has no \"$sentence\": $(cat "$dir/said.txt")" >&2
        wrong=1
    }
done <<<"$sentences|"
! grep -aF 'not so' "$dir/serial.txt" >&2 || wrong=1
exit "$wrong"
