#!/usr/bin/env bash
# demo.sh HV GUEST OPTIONS DIR BOCHS-OPTION ...: GUEST, a kernel that ends with a line `NAME: N checks passed, N failed, N skipped`, in
# Bochs: under the hypervisor HV, or bare where HV is `-`. OPTIONS are those of the hypervisor, a slash and those of the guest, and be
# it the slash alone. COM1 is DIR/serial.txt.
# Exit code: 0 the last line says that nothing failed, 1 it does not.
# With the environment variable LEVELS=2, HV is its own guest, and GUEST is the guest of that.
# With the environment variable SENTENCE, 0 means that COM1 has that sentence.
set -euo pipefail

hv=$1 guest=$2 options=$3 dir=$4
shift 4
here=$(dirname -- "$0")
tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub" "$dir"
cp -- "$guest" "$tree/boot/guest"
{
    printf 'set timeout=0\nmenuentry "guest" {\n'
    if [[ $hv == - ]]; then
        printf '    multiboot2 /boot/guest %s\n' "${options#*/}"
    else
        cp -- "$hv" "$tree/boot/hv"
        printf '    multiboot2 /boot/hv %s\n' "${options%%/*}"
        [[ ${LEVELS:-1} != 2 ]] || printf '    module2 /boot/hv %s\n' "${options%%/*}"
        printf '    module2 /boot/guest hv %s\n' "${options#*/}"
    fi
    printf '    set gfxpayload=text\n}\n'
} >"$tree/boot/grub/grub.cfg"
bash "$here/../../../runtime/boot/mkiso.sh" "$tree" "$dir/guest.iso"
# There is no trace, which bochs.sh remarks upon.
bash "$here/../bochs.sh" --iso "$dir/guest.iso" --out "$dir" "$@" >"$dir/said.txt" 2>&1 || true
rm -f -- "$dir/guest.iso"
if [[ -n ${SENTENCE-} ]]; then
    grep -aqF -- "$SENTENCE" "$dir/serial.txt" && exit 0
    echo "demo.sh: COM1 has no \"$SENTENCE\": $(cat "$dir/said.txt")" >&2
    exit 1
fi
tr -d '\r' <"$dir/serial.txt" | tail -n 1 | grep -aqE '^[a-z]+: [1-9][0-9]* checks passed, 0 failed, [0-9]+ skipped$' || {
    echo "demo.sh: not all is well: $(cat "$dir/said.txt")" >&2
    tr -d '\r' <"$dir/serial.txt" | grep -avE '^(ok|skipped) ' | tail -n 40 >&2
    exit 1
}
tr -d '\r' <"$dir/serial.txt" | tail -n 1
