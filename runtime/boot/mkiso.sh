#!/usr/bin/env bash
# mkiso.sh TREE ISO [MODULE ...]: makes the bootable ISO of a folder, for BIOS and UEFI, with further modules of GRUB. Says
# nothing unless it fails.
set -euo pipefail

tree=$1
iso=$2
shift 2

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Only what a configuration with `multiboot2` needs, what finds a screen under UEFI (all_video brings efi_gop, which BIOS does not
# have), and the partition maps that grub-mkrescue's own start-up
# file loads.
maps='part_acorn part_amiga part_apple part_bsd part_dfly part_dvh part_gpt part_msdos part_plan part_sun part_sunpc'
if ! grub-mkrescue --output="$iso.part" --locales= --themes= --fonts= --compress=no \
    --install-modules="normal test all_video multiboot2 boot iso9660 $maps $*" "$tree" >"$log" 2>&1; then
    cat "$log" >&2
    echo "mkiso.sh: grub-mkrescue could not make $iso." >&2
    exit 1
fi
mv "$iso.part" "$iso"
