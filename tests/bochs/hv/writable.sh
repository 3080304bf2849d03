#!/usr/bin/env bash
# writable.sh HV: no pointer to code lies where the hypervisor may write, when it runs. Exit code: 1 one does; its place is told.
set -euo pipefail

hv=$1
here=$(dirname -- "$0")
address() { nm "$hv" | awk -v name="$1" '$3 == name {print $1}'; }
begin=$((16#$(address kernel_begin))) text_end=$((16#$(address kernel_text_end))) constants_end=$((16#$(address kernel_rodata_end)))
bash "$here/pointers.sh" "$hv" | awk -v begin=$begin -v text_end=$text_end -v constants_end=$constants_end '
{ ++all }
$2 >= begin && $2 < text_end { ++code }
$2 >= begin && $2 < text_end && $1 >= constants_end {
    printf "a pointer to code, %x, lies at %x, which is writable\n", $2, $1
    bad = 1
}
END {
    if (!bad) print code + 0 " of " all + 0 " pointers lead to code, and none of these is writable"
    exit bad || code < 50  # the handlers of VM exits, at least
}'
