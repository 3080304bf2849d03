#!/usr/bin/env bash
# stack.sh HV OBJECTS: the hypervisor uses less stack than there is: each function of a bounded size (the compiler's .su files below
# the folders OBJECTS...), and each chain of calls from where a stack begins, with an exception of its own on top.
# Exit code: 0 so it is, 1 not so.
set -euo pipefail

hv=$1
shift
here=$(dirname -- "$0")
most_frame=4095 # or a function could step over a guard page
# hv/l1/processor.hpp; runtime/boot/entry.S; runtime/cpu/descriptor_tables.hpp
processor_stack=$((5 * 4096 - 128)) boot_stack=32768 interrupt_stack=8192
wrong=0

mapfile -t usage < <(find "$@" -name '*.su')
((${#usage[@]} > 40)) || {
    echo "stack.sh: ${#usage[@]} .su files below $*: the compiler has not written them." >&2
    exit 1
}
awk -F'\t' -v most=$most_frame '
$3 !~ /^static$/ && $3 !~ /^dynamic,bounded$/ { print "not static: " $0; bad = 1 }
$2 > most { print "more than " most " bytes: " $0; bad = 1 }
$2 > largest { largest = $2; name = $1 }
END { print "largest frame: " largest " bytes, " name; exit bad }' "${usage[@]}" || wrong=1

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
nm "$hv" | awk '$2 ~ /^[tT]$/ {print $1, $3}' >"$scratch/names"
bash "$here/pointers.sh" "$hv" | awk '{printf "%016x\n", $2}' | sort -u >"$scratch/pointed"
awk 'NR == FNR {pointed[$1] = 1; next} $1 in pointed {print "pointed", $2}' "$scratch/pointed" "$scratch/names" >"$scratch/code"
objdump -d --no-show-raw-insn "$hv" >>"$scratch/code"

# depth FUNCTION: sets `bytes`, and says by which chain of calls.
depth() {
    local said
    said=$(awk -v from="$1" -f "$here/stack.awk" "$scratch/code") || {
        echo "stack.sh: $said" >&2
        exit 1
    }
    bytes=${said%% *}
    c++filt <<<"${said#* }" >"$scratch/chain"
}
depth exception_stubs
exception=$((bytes + 5 * 8 + 8 + 16)) # what the processor pushes, and what it aligns
((exception <= interrupt_stack)) || wrong=1
echo "an exception: $exception bytes of $interrupt_stack"
for row in "vmxspec_l1_exit $processor_stack" "vmxspec_l1_launch $processor_stack" "vmxspec_start $boot_stack"; do
    read -r function room <<<"$row"
    depth "$function"
    echo "$function: $bytes bytes, with an exception $((bytes + exception)) of $room"
    ((bytes + exception <= room)) || {
        cat "$scratch/chain"
        wrong=1
    }
done
exit "$wrong"
