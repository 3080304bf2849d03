#!/usr/bin/env bash
# vectors_iso.sh VECTORS PROBE ISO [FIRST]: an ISO that boots by BIOS and UEFI, and whose kernel, PROBE, runs a file of
# vectors from the vector number FIRST on (0 if not given). With the environment variable VMXSPEC_HV, a hypervisor, that boots
# and PROBE is its guest.
# Exit code: 0 there is one, 3 there is not (one sentence says why).
set -euo pipefail

vectors=$1 probe=$2 iso=$3 first=${4:-0}
here=$(dirname -- "$0")
fail() {
    echo "vectors_iso.sh: $1" >&2
    exit 3
}
[[ -r $vectors ]] || fail "$vectors can't be read."
[[ -r $probe ]] || fail "$probe can't be read."
[[ $first =~ ^[0-9]{1,9}$ ]] || fail "$first is not the number of a vector."

tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p "$tree/boot/grub"
cp -- "$probe" "$tree/boot/probe"
cp -- "$vectors" "$tree/boot/vectors"
sed -e "s/@FIRST@/$first/" "$here/vectors.cfg" >"$tree/boot/grub/grub.cfg"
if [[ -n ${VMXSPEC_HV:-} ]]; then
    cp -- "$VMXSPEC_HV" "$tree/boot/hv"
    sed -i -e 's|multiboot2 \(/boot/probe.*\)|multiboot2 /boot/hv nested=on\n    module2 \1|' "$tree/boot/grub/grub.cfg"
fi
bash "$here/../../runtime/boot/mkiso.sh" "$tree" "$iso" || fail "$iso can't be made."
