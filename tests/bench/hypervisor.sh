#!/usr/bin/env bash
# hypervisor.sh BUILD: what the hypervisor costs, counted by its guest tests/bochs/hv/cost.cpp in Bochs, where the time-stamp counter
# counts instructions, so that each run gives the same; beside it what was measured of other hypervisors with the same image. And
# its size. Exit code: 1 a bound is missed.
set -euo pipefail
build=$1
cd "$(dirname "$0")/../.."
out=$build/bench/hypervisor
missed=0
bash tests/bochs/hv/hv.sh "$build/hv/hv" "$build/tests/bochs/exit-cost" log=info "$out" "each VM exit is within its limit" \
    --model corei7_skylake_x || missed=1

# row NAME FIGURE BOUND [REMARK]
row() {
    local mark=""
    if ((${2:-1000000000} > $3)); then
        mark="  MISSED"
        missed=1
    fi
    printf '%-46s %10s     (at most %s)%s%s\n' "$1" "${2:-?}" "$3" "${4:+; $4}" "$mark"
}
echo "hypervisor, instructions (Bochs, corei7_skylake_x):"
# "VM exit of CPUID: 107 instructions of 150", as the guest says it.
while IFS='|' read -r name cost bound; do
    remark=""
    [[ $name != CPUID ]] || remark="KVM 6.12 takes 1502, KVM 6.1 1378, XMHF 3992"
    row "the guest's $name" "$cost" "$bound" "$remark"
done < <(tr -d '\r' <"$out/serial.txt" | sed -nE 's/^VM exit of (.*): ([0-9]+) instructions of ([0-9]+)$/\1|\2|\3/p')
row "boot, up to the guest's first instruction" \
    "$(tr -d '\r' <"$out/serial.txt" | sed -nE 's/^vmxspec: the guest starts at .* ([0-9]+) ticks after the hypervisor$/\1/p')" 20000000
echo "hypervisor, size:"
bash tests/bochs/hv/size.sh "$build/hv/hv" "$build/hv/hv.map" 131072 || missed=1
exit $missed
