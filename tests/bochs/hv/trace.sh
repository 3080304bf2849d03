#!/usr/bin/env bash
# trace.sh judge VMXSPEC TRACE MODEL LEAST: the VM entries in TRACE, which the hypervisor wrote of its guest on Bochs' MODEL, by the
# specification. What Bochs itself does otherwise with the hypervisor's VM entries is known (divergences.json).
# trace.sh boot HV VMXSPEC DIR MODEL LEAST PORT BOOT-OPTION ...: the same, of a run of hv/iso/boot.sh. PORT is that of the
# hypervisor's option `trace=`: lpt1 or com1.
# Exit code: 0 LEAST VM entries or more, none differs, and fewer than one in twenty cannot be judged; 1 not so; 3 there is no trace.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")

judge() {
    local vmxspec=$1 trace=$2 model=$3 least=$4 code=0 count undecided said
    # Behind the first line, marked as all are.
    sed "0,/^@ vmxspec-trace 1\r*\$/s//&\n@ machine model=$model version=\"Bochs 2.7\"/" "$trace" >"$trace.judged"
    said=$("$vmxspec" validate "$trace.judged" --divergences "$here/../divergences.json" 2>&1) || code=$?
    rm -f -- "$trace.judged"
    printf '%s\n' "$said"
    # 2: values that the manual leaves to the processor's model
    ((code == 0 || code == 2)) || exit "$code"
    count=$(sed -n 's/.*: \([0-9]*\) VM entries, .*/\1/p' <<<"$said")
    undecided=$(sed -n 's/.* \([0-9]*\) cannot be judged\.$/\1/p' <<<"$said")
    if ((count < least || 20 * undecided > count)); then
        echo "trace.sh: $count VM entries, of which $undecided cannot be judged, instead of $least or more." >&2
        exit 1
    fi
}

boot() {
    local hv=$1 vmxspec=$2 dir=$3 model=$4 least=$5 port=$6 trace=$3/trace.txt
    shift 6
    mkdir -p -- "$dir"
    local options=(--trace "$trace")
    if [[ $port == com1 ]]; then
        options=(--hv "trace=$port")
        trace=$dir/serial.txt
    fi
    bash "$here/../../../hv/iso/boot.sh" --hypervisor "$hv" --out "$dir" --serial "$dir/serial.txt" --cpu "$model" "${options[@]}" "$@"
    rm -f -- "$dir/boot.iso"
    judge "$vmxspec" "$trace" "$model" "$least"
}

"$@"
