#!/usr/bin/env bash
# kvm.sh HV DEBIAN amd64|i386|i386-no-pae DIR CPUS MODEL BOOT-OPTION ...: Debian's kernel (debian.sh's DEBIAN) as L1 under the hypervisor HV, with CPUS
# processors of Bochs' MODEL. It loads KVM, by which it runs l2.S in several ways (init), on all processors in turn, and turns the machine off. COM1 is
# DIR/serial.txt, and must say what amd64.txt or i386.txt has. With HV `-` the same without a hypervisor.
# Exit code: 0 as expected, 1 not so: one sentence says what.
set -euo pipefail

hv=$1 debian=$2 machine=$3 dir=$4 cpus=$5 model=$6
shift 6
here=$(dirname -- "$(realpath -- "$0")")
root=$here/../../../..
mkdir -p -- "$dir"

if [[ $hv == - ]]; then
    tree=$(mktemp -d)
    trap 'rm -rf -- "$tree"' EXIT
    mkdir -p -- "$tree/boot/grub"
    cp -- "$debian/$machine/vmlinuz" "$debian/$machine/initrd-kvm" "$tree/boot/"
    cat >"$tree/boot/grub/grub.cfg" <<TEXT
set timeout=0
menuentry "bare" {
    linux /boot/vmlinuz $(cat "$debian/append")
    initrd /boot/initrd-kvm
}
TEXT
    bash "$root/runtime/boot/mkiso.sh" "$tree" "$dir/boot.iso" linux
    run=("$root/tests/bochs/bochs.sh" --iso "$dir/boot.iso" --model "$model" --memory 512 --ips 20000000 --unknown-msrs ignore --end off)
else
    run=("$root/hv/iso/boot.sh" --hypervisor "$hv" --cpu "$model" --linux "$debian/$machine/vmlinuz" --initrd "$debian/$machine/initrd-kvm"
        --append "$(cat "$debian/append")")
fi
bash "${run[@]}" --out "$dir" --serial "$dir/serial.txt" --cpus "$cpus" --timeout 1470 "$@" >"$dir/said.txt" 2>&1 || {
    cat "$dir/said.txt" >&2
    exit 1
}
rm -f -- "$dir/boot.iso"

said=$(tr -d '\r' <"$dir/serial.txt")
fail() {
    echo "kvm.sh: $1; COM1 is in $dir/serial.txt." >&2
    exit 1
}
! grep -F 'l1: trouble' <<<"$said" >&2 || fail "the guest's kernel complains"
says=$(grep -E '^(l1|l2|vmm): ' <<<"$said") || fail 'L1 says nothing'
diff -u <(sed "s/CPUS/$cpus/" "$here/${machine%-no-pae}.txt") - <<<"$says" >&2 || fail 'L1 and L2 do not say what they should'
