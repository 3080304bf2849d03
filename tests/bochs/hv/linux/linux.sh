#!/usr/bin/env bash
# linux.sh HV DEBIAN amd64|i386 DIR CPUS BOOT-OPTION ...: Debian's kernel (debian.sh's DEBIAN) under the hypervisor HV, with its small
# initramfs, until it turns the machine off; COM1 is DIR/serial.txt. It must see a machine of CPUS processors, which have VMX unless
# the hypervisor's option nested=off is among the BOOT-OPTIONs, and in which the hypervisor's memory is no RAM and reads as ones; its timers, processes
# and modes must work.
# Exit code: 0 as expected, 1 not so: one sentence says what.
set -euo pipefail

hv=$1 debian=$2 machine=$3 dir=$4 cpus=$5
shift 5
here=$(dirname -- "$(realpath -- "$0")")

mkdir -p -- "$dir"
"$here/../../../../hv/iso/boot.sh" --hypervisor "$hv" --out "$dir" --serial "$dir/serial.txt" --cpus "$cpus" --timeout 570 --linux "$debian/$machine/vmlinuz" \
    --initrd "$debian/$machine/initrd" --append "$(cat "$debian/append")" "$@" >"$dir/said.txt" 2>&1 || {
    cat "$dir/said.txt" >&2
    exit 1
}
rm -f -- "$dir/boot.iso"

said=$(tr -d '\r' <"$dir/serial.txt")
fail() {
    echo "linux.sh: $1; COM1 is in $dir/serial.txt." >&2
    exit 1
}
says() { grep -qE -- "^$1\$" <<<"$said" || fail "the guest does not say \"$1\""; }

case $machine in
amd64) says 'l1: machine x86_64' ;;
i386) says 'l1: machine i686' ;;
esac
says "l1: processors $cpus"
says 'l1: ticks [1-9][0-9]*'
says 'l1: forks 50'
says 'l1: off'
case "$*" in
*nested=off*) ! grep -qF 'l1: has VMX' <<<"$said" || fail 'the guest sees VMX' ;;
*) says 'l1: has VMX' ;;
esac
! grep -F 'l1: trouble' <<<"$said" >&2 || fail "the guest's kernel complains"

# The hypervisor says once where it was looked for.
hidden=$(sed -n 's/.*vmxspec: the guest reads at \([0-9a-f]*\)H, where the hypervisor is.*/\1/p' <<<"$said" | head -n 1)
[[ -n $hidden ]] || fail 'the hypervisor was not found'
says "l1: reads 0xFFFFFFFF at 0*$hidden"
ram=0
while read -r begin end; do
    ram=$((ram + 1))
    ((16#$hidden < 16#$begin || 16#$hidden > 16#$end)) || fail "the hypervisor's memory, at ${hidden}H, is RAM of the guest"
done < <(sed -n 's/^l1: memory \([0-9a-f]*\)-\([0-9a-f]*\) : System RAM$/\1 \2/p' <<<"$said")
((ram > 0)) || fail 'the guest has no RAM'
