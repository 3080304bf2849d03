#!/usr/bin/env bash
# locked_off.sh KERNEL DIR: a kernel on a machine whose firmware locks VMX off in IA32_FEATURE_CONTROL: Bochs with UEFI, where the boot
# loader does it (GRUB's wrmsr). Exit code: that of bochs.sh, 3 with the kernel's sentence.
set -euo pipefail

kernel=$1 out=$2
here=$(dirname -- "$0")
tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub" "$out"
cp -- "$kernel" "$tree/boot/kernel"
cat >"$tree/boot/grub/grub.cfg" <<'TEXT'
set timeout=0
menuentry "locked off" {
    insmod wrmsr
    wrmsr 0x3a 0x1
    multiboot2 /boot/kernel
    set gfxpayload=text
}
TEXT
bash "$here/../../runtime/boot/mkiso.sh" "$tree" "$out/locked_off.iso" wrmsr
bash "$here/bochs.sh" --iso "$out/locked_off.iso" --model corei7_skylake_x --out "$out" --firmware uefi --timeout 170
