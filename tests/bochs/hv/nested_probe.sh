#!/usr/bin/env bash
# nested_probe.sh HV PROBE VMXSPEC DIR BOCHS-OPTION ...: the probe as guest of the hypervisor HV, judged by the specification:
# DIR/trace.txt, DIR/compared.txt.
# With LEVELS=2, HV is its own guest, and the probe is the guest of that.
# Exit code: 0 nothing differs, 1 something does, 3 there is no complete trace.
set -euo pipefail

hv=$1 probe=$2 vmxspec=$3 dir=$4
shift 4
here=$(dirname -- "$0")
tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub" "$dir"
cp -- "$hv" "$tree/boot/hv"
cp -- "$probe" "$tree/boot/probe"
{
    printf 'set timeout=0\nmenuentry "hv" {\n    multiboot2 /boot/hv nested=on\n    set gfxpayload=text\n'
    [[ ${LEVELS:-1} != 2 ]] || printf '    module2 /boot/hv nested=on\n'
    printf '    module2 /boot/probe\n'
    echo '}'
} >"$tree/boot/grub/grub.cfg"
bash "$here/../../../runtime/boot/mkiso.sh" "$tree" "$dir/hv.iso"
bash "$here/../bochs.sh" --iso "$dir/hv.iso" --out "$dir" "$@"
rm -f -- "$dir/hv.iso"
code=0
"$vmxspec" validate "$dir/trace.txt" >"$dir/compared.txt" || code=$?
grep -v '^agrees' "$dir/compared.txt"
exit "$code"
