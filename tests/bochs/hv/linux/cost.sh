#!/usr/bin/env bash
# cost.sh HV DEBIAN DIR PER-MILLE: what the hypervisor HV costs the boot of Debian's kernel for cloud machines (debian.sh's DEBIAN), in
# instructions that Bochs counts: from the kernel's first instruction, at the 32-bit entry that GRUB's command `linux` takes, to
# the machine's end, bare and as a guest.
# Exit code: 0 at most PER-MILLE of the bare boot more, 1 not so.
set -euo pipefail

hv=$1 debian=$2 dir=$3 limit=$4
here=$(dirname -- "$(realpath -- "$0")")
root=$here/../../../..
mkdir -p -- "$dir/bare"

fail() {
    echo "cost.sh: $1" >&2
    exit 1
}

# Where the kernel wants to be, and both boot loaders put it: its header's pref_address.
entry=0x$(od -A n -t x8 -j $((0x258)) -N 8 "$debian/amd64/vmlinuz" | tr -d ' ')
printf '%s\n' "lb $entry" c ptime 'delete 1' c >"$dir/debugger.rc"

tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub"
cp -- "$debian/amd64/vmlinuz" "$debian/amd64/initrd" "$tree/boot/"
cat >"$tree/boot/grub/grub.cfg" <<TEXT
set timeout=0
menuentry "bare" {
    linux /boot/vmlinuz $(cat "$debian/append")
    initrd /boot/initrd
}
TEXT
bash "$root/runtime/boot/mkiso.sh" "$tree" "$dir/bare/boot.iso" linux
bash "$root/tests/bochs/bochs.sh" --iso "$dir/bare/boot.iso" --out "$dir/bare" --model corei7_haswell_4770 --memory 512 --ips 20000000 \
    --unknown-msrs ignore --end off --timeout 570 --debugger "$dir/debugger.rc"
rm -f -- "$dir/bare/boot.iso"
"$here/linux.sh" "$hv" "$debian" amd64 "$dir/guest" 1 --hv linux=32 -- --debugger "$dir/debugger.rc"

# instructions DIR: what the debugger says of time at the breakpoint, and the time of the line with which Bochs' log ends the machine.
instructions() {
    local begin end
    begin=$(tr -d '\r' <"$1/screen.log" | sed -n 's/.*ptime: \([0-9]*\).*/\1/p' | head -n 1)
    end=$(sed -n 's/^0*\([0-9]*\)p.*soft power off.*/\1/p' "$1/bochs.log" | head -n 1)
    [[ -n $begin && -n $end ]] || fail "$1 does not tell when the kernel began and ended."
    echo $((end - begin))
}
bare=$(instructions "$dir/bare")
guest=$(instructions "$dir/guest")
echo "Linux boots in $bare instructions bare, and in $guest as a guest: $(((guest - bare) * 1000 / bare)) per mille more, of $limit."
((guest > bare)) || fail 'a guest can not be faster: something else was measured.'
(((guest - bare) * 1000 <= bare * limit)) || fail "the hypervisor costs more than $limit per mille."
