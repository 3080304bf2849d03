#!/usr/bin/env bash
# replay.sh HV GUEST DIR BOCHS-OPTION ...: the kernel of replay.cpp under the hypervisor HV with explain=on, or bare where HV is `-`.
# Exit code: 0 each check has passed and, under a hypervisor, its log names the rule that the recorded MSR area breaks; 1 not so.
set -euo pipefail

hv=$1 guest=$2 dir=$3
shift 3
"$(dirname -- "$0")/demo.sh" "$hv" "$guest" explain=on/ "$dir" "$@"
[[ $hv == - ]] || grep -aE 'entry fails: .*80000022H.*msr-load\.efer\.lme-pg with MSR c0000080H = d01H' "$dir/serial.txt" || {
    echo "replay.sh: the log does not name msr-load.efer.lme-pg and the value that breaks it" >&2
    exit 1
}
