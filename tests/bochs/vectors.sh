#!/usr/bin/env bash
# vectors.sh VECTORS PROBE MODEL DIR [OPTION ...]: runs a file of vectors on Bochs' MODEL; the trace is DIR/trace.txt.
# PROBE is the kernel; options are those of bochs.sh. A vector at which the machine dies or hangs gets the outcome
# "died", and the run goes on behind it.
# With the environment variable VMXSPEC_HV, a hypervisor, the probe is its guest, and the trace is not one of Bochs: what it
# wrote into its log is not told, nor what the hypervisor says of a machine that dies.
# Exit code: 0 the trace is complete, 3 it is not (one sentence says why).
set -euo pipefail

vectors=$1 probe=$2 model=$3 out=$4
shift 4
here=$(dirname -- "$0")
fail() {
    echo "vectors.sh: $1" >&2
    exit 3
}
mkdir -p -- "$out"

version=$("${BOCHS:-bochs}" --help 2>&1 | sed -n 's/^ *\(Bochs\) x86 Emulator \([0-9.]*\).*/\1 \2/p' | head -n 1) || true

# The vectors of one run, as the kernel traced them: behind the base states, and with an outcome.
count=0 head='' deaths=0 silent='' milliseconds=0
: >"$out/body.txt"
while :; do
    bash "$here/vectors_iso.sh" "$vectors" "$probe" "$out/vectors.iso" "$count" 2>"$out/said.txt" ||
        fail "$(sed 's/^vectors_iso.sh: //' "$out/said.txt")"
    complete=1
    bash "$here/bochs.sh" --iso "$out/vectors.iso" --model "$model" --out "$out/run" --panic fatal "$@" 2>"$out/said.txt" || complete=0
    grep -q '^vector ' "$out/run/trace.txt" 2>/dev/null || fail "$(sed 's/^bochs.sh: //' "$out/said.txt")"
    # What the kernel refuses, it refuses again.
    ((complete)) || ! grep -q 'the kernel said' "$out/said.txt" ||
        [[ -n ${VMXSPEC_HV:-} ]] || fail "$(sed 's/^bochs.sh: //' "$out/said.txt")"
    [[ -z ${VMXSPEC_HV:-} ]] || sed -i '/^vmxspec: /,$d' "$out/run/trace.txt"
    # An incomplete run may end in the middle of a line; one whose time was up, in the middle of a vector.
    late=0 again=0
    if ((!complete)); then
        [[ -z $(tail -c 1 "$out/run/trace.txt") ]] || sed -i '$d' "$out/run/trace.txt"
        # A machine that is silent may just be slow: only who hangs twice at a vector hangs.
        last=$(grep '^vector ' "$out/run/trace.txt" | tail -n 1)
        if grep -q 'the machine said nothing' "$out/said.txt" && [[ $last != "$silent" && $last != 'vector base'* ]]; then
            silent=$last late=1 again=1
        elif grep -q 'did not finish within' "$out/said.txt"; then
            late=1
        fi
        if ((late)); then
            last=$(grep -n '^vector ' "$out/run/trace.txt" | tail -n 1 | cut -d: -f1)
            sed -i "$last,\$d" "$out/run/trace.txt"
        fi
    fi
    if [[ -z ${VMXSPEC_HV:-} ]]; then
        awk -f "$here/said.awk" "$out/run/bochs.log" "$out/run/trace.txt" >"$out/run/said.txt"
        mv -- "$out/run/said.txt" "$out/run/trace.txt"
    fi
    sed -i '/VMREAD: not supported field/d' "$out/run/bochs.log" # nine lines of ten
    first=$(grep -n '^outcome base/legacy ' "$out/run/trace.txt" | cut -d: -f1) || fail "the base states have no outcome: see $out/run."
    if [[ -z $head ]]; then
        head -n "$first" "$out/run/trace.txt" >"$out/head.txt"
        [[ -n ${VMXSPEC_HV:-} ]] || sed -i "1a machine model=$model version=\"$version\"" "$out/head.txt"
    fi
    head=there
    tail -n +"$((first + 1))" "$out/run/trace.txt" | sed '/^end /d; /^#/d' >>"$out/body.txt"
    ran=$(tail -n +"$((first + 1))" "$out/run/trace.txt" | grep -c '^vector ' || true)
    count=$((count + ran))
    milliseconds=$((milliseconds + $(cat "$out/run/milliseconds.txt")))
    ((complete)) && break
    ((again)) && continue
    ((ran > 0)) || fail "the machine dies before the vector number $count: see $out/run."
    ((late)) && continue
    last=$(grep '^vector ' "$out/body.txt" | tail -n 1 | cut -d' ' -f2)
    grep -q "^outcome $last " <(tail -n 1 "$out/body.txt") || echo "outcome $last died" >>"$out/body.txt"
    deaths=$((deaths + 1))
    ((deaths <= 100)) || fail "the machine died more than 100 times: see $out/run."
done
{
    cat "$out/head.txt" "$out/body.txt"
    printf 'end %x\n' "$((count + 2))"
} >"$out/trace.txt"
rm -f -- "$out/head.txt" "$out/body.txt" "$out/said.txt" "$out/vectors.iso"
speed=$((milliseconds == 0 ? 0 : count * 1000 / milliseconds))
echo "$count vectors on $model, $speed a second; the machine died at $deaths of them."
