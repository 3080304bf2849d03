#!/usr/bin/env bash
# corrupted.sh VMXSPEC TRACE: whether `vmxspec validate` notices what is wrong with copies of a good trace, each with one
# change, and says so in its own sentence. Exit code: 0 it does, 1 not so.
set -euo pipefail

vmxspec=$1
trace=$2

copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
wrong=0

# expect CODE SENTENCE SED-COMMAND
expect() {
    sed "$3" "$trace" >"$copy"
    if cmp -s "$trace" "$copy"; then
        echo "corrupted.sh: sed '$3' changes nothing in $trace." >&2
        wrong=1
        return
    fi
    local code=0 said
    said=$("$vmxspec" validate "$copy" 2>&1) || code=$?
    if [[ $code != "$1" || $said != *"$2"* ]]; then
        printf "corrupted.sh: after sed '%s': exit code %s, expected %s with \"%s\"; said:\n%s\n" \
            "$3" "$code" "$1" "$2" "$said" >&2
        wrong=1
    fi
}

expect 1 'the manual allows VMfailValid, VM-instruction error 7 (ctl.entry.reserved); seen: VMfailValid 8' \
    's/^outcome ctl.entry.reserved vmfail-valid 7$/outcome ctl.entry.reserved vmfail-valid 8/'
expect 1 'the generated code predicted that it breaks no rule, the specification finds msr-load.efer.lme-pg' \
    's/^predicted seed.efer-d01 msr-load.efer.lme-pg$/predicted seed.efer-d01/'
expect 1 'the generated code predicted that it breaks guest.cr0.fixed, the specification finds no rule' \
    's/^predicted seed.efer-801$/predicted seed.efer-801 guest.cr0.fixed/'
expect 1 'vmclear.address: the manual says VMfailValid 2; seen: VMsucceed' \
    's/^ended vmclear.unaligned flags 42$/ended vmclear\/unaligned flags 2/'
expect 1 'vmptrld.load: before.launched is then 1H; seen: VMsucceed; before.launched = 0H' \
    '/^instruction vmptrld.launched /,/^ended/s/^\(left .*\) before.launched=1/\1 before.launched=0/'
expect 1 'whether vmxoff.ud applies depends on before.in_vmx_operation; seen: VMsucceed' \
    '/^instruction vmxoff.root /,/^ended/s/^given before.in_vmx_operation=1/given/'
expect 3 'has 287 instructions, but 288 are in it.' 's/^instructions 120$/instructions 11f/'
expect 3 'the instructions are incomplete: the line "instructions N" is missing.' '/^instructions 120$/d'
expect 3 'the end of vmxoff/root inside the instruction vmxoff/outside.' 's/^ended vmxoff.outside .*/ended vmxoff\/root flags 2/'
expect 3 'is incomplete: its last line is not "end N"; run the probe again.' '$d'
expect 3 'the prediction of seed.efer-801 inside the vector seed.efer-d01.' \
    's/^predicted seed.efer-d01 .*/predicted seed.efer-801/'

# A trace in which a known divergence is not seen any more.
code=0
said=$("$vmxspec" validate --divergences "$(dirname -- "$0")/divergences.json" --coverage "$trace" 2>&1) || code=$?
if [[ $code != 1 || $said != *"guest.rip.linear: a divergence that is not seen any more"* ]]; then
    printf 'corrupted.sh: vanished divergences: exit code %s, expected 1; said:\n%s\n' "$code" "$said" >&2
    wrong=1
fi

# A machine that does what the manual says where another is known not to.
sed 's/^ended vmresume.stale exit 12 0$/ended vmresume\/stale flags 42/' "$trace" >"$copy"
code=0
said=$("$vmxspec" validate --divergences "$(dirname -- "$0")/divergences.json" "$copy" 2>&1) || code=$?
if [[ $code != 1 || $said != *"1 agree where a divergence is known: vmresume.after-vmxoff"* ]]; then
    printf 'corrupted.sh: a divergence less: exit code %s, expected 1; said:\n%s\n' "$code" "$said" >&2
    wrong=1
fi
exit "$wrong"
