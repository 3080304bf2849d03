#!/usr/bin/env bash
# large_dumps.sh VMXSPEC: `vmxspec why --no-repair` takes at most 150 ms of processor time (user and system) for any text of
# one megabyte with a dump in it, and for one without; the best of three, for others may share the processor. A repair takes
# at most 2 s.
set -euo pipefail
vmxspec=$1
bound=150
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
size=$((1 << 20))
status=0

# Lines as a kernel logs them; a megabyte with DUMP in the middle.
awk -v size="$size" 'BEGIN {
    split("usb 1-1: new high-speed USB device number 5 using xhci_hcd|RSP: 0018:ffffb2a2c0003e58 EFLAGS: 00010246|" \
          "e1000e 0000:00:19.0 eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx|" \
          "CR2: 0000000000000008 CR3: 000000010a2fa000 CR4: 0000000000370ee0|perf: interrupt took too long (2510 > 2500)", line, "|")
    while (n < size) { text = sprintf("[%5d.%06d] %s", 1000 + k / 20, k * 7919 % 1000000, line[k % 5 + 1]); k++; print text; n += length(text) + 1 }
}' >"$scratch/log"
in_log() {
    local rest=$((size - $(wc -c <"$1")))
    head -c $((rest / 2)) "$scratch/log"
    echo
    cat "$1"
    tail -c $((rest / 2)) "$scratch/log"
}
# often FILE TIMES
often() { for ((k = 0; k < $2; k++)); do cat "$1"; done; }

# One recorded VMCS as a list: AWK makes a line of $1 (encoding) and $2 (value), in hexadecimal digits.
list() {
    "$vmxspec" decode tests/fixtures/virtualbox-before02.json |
        awk "match(\$0, /^ +[0-9A-F]+H  .* = [0-9A-F]+H/) {
            split(\$0, half, \" = \"); encoding = tolower(\$1); sub(/h\$/, \"\", encoding); split(half[2], word, \"H\"); value = tolower(word[1])
            while (length(encoding) < 4) encoding = \"0\" encoding
            $1 }"
}
list 'printf "[0x%s] = 0x%s\n", encoding, value' >"$scratch/generic"
list 'printf "haxm_warning: %s VMX_FIELD: %s\n", encoding, value' >"$scratch/haxm"
# The width of a field is in its encoding: its first digit is 0 (16 bits), 2 (64), 4 (32) or 6 (natural width).
list 'digits = encoding ~ /^0/ ? 4 : encoding ~ /^4/ ? 8 : 16; while (length(value) < digits) value = "0" value
      printf "CPU(0x05): (0x%s) @before02@field = 0x%s\n", encoding, value' >"$scratch/xmhf"

# measure NAME FILE CODE [WORDS]: the exit code, and the words in what is said.
measure() {
    local name=$1 file=$2 code=$3 words=${4:-} best=999999 got times
    TIMEFORMAT='%U %S'
    for _ in 1 2 3; do
        got=0
        times=$({ time "$vmxspec" why --no-repair "$file" >"$scratch/said" 2>&1; } 2>&1) || got=$?
        times=$(awk '{ printf "%d", ($1 + $2) * 1000 }' <<<"$times")
        ((times < best)) && best=$times
    done
    printf '%-46s %4s ms (at most %s), %s bytes\n' "$name" "$best" "$bound" "$(wc -c <"$file")"
    ((best <= bound)) || status=1
    if ((got != code)) || ! grep -q -- "$words" "$scratch/said"; then
        printf 'expected exit code %s and "%s", got %s: %s\n' "$code" "$words" "$got" "$(head -c 300 "$scratch/said")"
        status=1
    fi
}

# repair NAME FILE [OPTION ...]: with the repair that is asked for, at most 2 s of processor time.
repair() {
    local name=$1 file=$2 times
    shift 2
    TIMEFORMAT='%U %S'
    times=$({ time "$vmxspec" why "$@" "$file" >"$scratch/said" 2>&1 || true; } 2>&1)
    times=$(awk '{ printf "%d", ($1 + $2) * 1000 }' <<<"$times")
    printf '%-46s %4s ms (at most 2000)\n' "repair: $name" "$times"
    ((times <= 2000)) || status=1
    grep -q "smallest repair" "$scratch/said" || { echo "no repair is found: $(head -c 300 "$scratch/said")" && status=1; }
}
repair "the recording" tests/fixtures/virtualbox-after02.json
repair "KVM" tests/fixtures/dumps/kvm-accessed-bit.txt
repair "Xen" tests/fixtures/dumps/xen-mov-ss-tf.txt
repair "HAXM" tests/fixtures/dumps/haxm.txt
repair "controls that are all 0" tests/fixtures/virtualbox-before02.json --assume control.proc=0 --assume control.pin=0
repair "a control word of all ones" tests/fixtures/virtualbox-before02.json --assume control.proc2=0xffffffff

# one NAME DUMP CODE: in a log.
one() {
    in_log "$2" >"$scratch/text"
    measure "$1 in a log" "$scratch/text" "$3"
}
one "KVM" tests/fixtures/dumps/kvm-accessed-bit.txt 1
one "Xen" tests/fixtures/dumps/xen-mov-ss-tf.txt 1
one "VirtualBox" tests/fixtures/dumps/virtualbox-real-mode.txt 1
one "NoirVisor" tests/fixtures/dumps/noirvisor.txt 1
one "HAXM" "$scratch/haxm" 2
one "a generic list" "$scratch/generic" 2
one "XMHF" "$scratch/xmhf" 2
often "$scratch/xmhf" $((size / $(wc -c <"$scratch/xmhf"))) >"$scratch/text"
measure "XMHF, the same lines again and again" "$scratch/text" 2
measure "a log without a dump" "$scratch/log" 3 "in no format that is known"
awk -v size="$size" 'BEGIN { srand(1); letters = "abcdefghijklmnopqrstuvwxyz 0123456789=:"
    while (n < size) { text = ""; for (k = 0; k < 70; k++) text = text substr(letters, int(rand() * 39) + 1, 1); print text; n += 71 } }' >"$scratch/text"
measure "random text" "$scratch/text" 3 "in no format that is known"
# More dumps than anybody looks at are a log of all entries: refused, as fast.
often tests/fixtures/dumps/kvm-accessed-bit.txt $((size / $(wc -c <tests/fixtures/dumps/kvm-accessed-bit.txt))) >"$scratch/text"
measure "a megabyte of KVM's dumps" "$scratch/text" 3 "dumps, more than 256; cut out those of the failure"
often "$scratch/generic" $((size / $(wc -c <"$scratch/generic"))) >"$scratch/text"
measure "a megabyte of generic lists" "$scratch/text" 3 "dumps, more than 256; cut out those of the failure"
exit $status
