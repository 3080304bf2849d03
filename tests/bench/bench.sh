#!/usr/bin/env bash
# bench.sh BUILD: whole-process times with their bounds, what the hypervisor costs, then Google Benchmark's figures. Exit code 1 if a bound is missed.
set -euo pipefail
build=$1
cd "$(dirname "$0")/../.."
missed=0

# row NAME BOUND_MS RUNS COMMAND...: the median time of the command.
row() {
    local name=$1 bound=$2 runs=$3 start times=() median mark=""
    shift 3
    for ((k = 0; k < runs; k++)); do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1 || true
        times+=($((($(date +%s%N) - start) / 1000)))
    done
    median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n "$(((runs + 1) / 2))p")
    if ((median > bound * 1000)); then
        mark="  MISSED"
        missed=1
    fi
    printf '%-46s %10s ms  (at most %s ms)%s\n' "$name" "$((median / 1000)).$(printf %03d $((median % 1000)))" "$bound" "$mark"
}

vmxspec=$build/bin/vmxspec
fixture=tests/fixtures/virtualbox-after02.json
echo "whole process, median:"
row "why, full dump, without repair" 100 15 "$vmxspec" why "$fixture" --no-repair
row "why, full dump, with repair" 2000 5 "$vmxspec" why "$fixture"
row "ask, the recorded question" 5000 3 "$vmxspec" ask --given 'entry.ia32e_mode_guest=0, guest.cr0.PG=1, entry.load_efer=0' --then 'after.efer.LME=0'
row "prove, all theorems" 60000 1 "$vmxspec" prove
row "probe kernel in Bochs, all its VM entries" 60000 1 tests/bochs/bochs.sh --iso "$build/probe.iso" --model corei5_arrandale_m520 --out "$build/bench"
echo
tests/bench/hypervisor.sh "$build" || missed=1
echo
echo "parts (Google Benchmark):"
"$build/bin/vmxspec-bench" --benchmark_format=console 2>/dev/null
exit $missed
