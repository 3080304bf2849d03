#!/usr/bin/env bash
# boot_cost.sh SERIAL LIMIT: what COM1 had of a boot with log=info, in Bochs, where the time-stamp counter counts instructions: from the
# hypervisor's first ones to the guest's first one are at most LIMIT. Exit code: 1 they are more, or nothing is told.
set -euo pipefail

serial=$1 limit=$2
ticks=$(tr -d '\r' <"$serial" | sed -nE 's/^vmxspec: the guest starts at [0-9a-f]+H, ([0-9]+) ticks after the hypervisor$/\1/p')
[[ -n $ticks ]] || {
    echo "boot_cost.sh: $serial does not say when the guest starts." >&2
    exit 1
}
echo "from the hypervisor's first instructions to the guest's first: $ticks instructions (at most $limit)"
((ticks > 100000 && ticks <= limit))
