#!/usr/bin/env bash
# `vmxspec cpu`: profiles listed, shown, written and read again, made of a trace and of this machine.
source "${BASH_SOURCE%/*}/expect.sh"

after=$FIXTURES/virtualbox-after02.json

expect "the list" 0 "arrandale +recorded.*tigerlake +emulated.*haswell +generic" "" -- cpu
lines 21
expect "one of them" 0 "IA32_VMX_PINBASED_CTLS \(481H\) = 0000007F00000016H.*may be 1: +external-interrupt exiting.*no IA32_VMX_PROCBASED_CTLS3.*MAXPHYADDR 36" "" -- cpu arrandale
expect "a generation" 0 "not read from a machine.*IA32_VMX_PROCBASED_CTLS2 \(48BH\) = [?].*unknown: +PAUSE-loop exiting" "" -- cpu haswell
expect "as JSON" 0 '"known": ' "" -- cpu haswell --format json
cp "$scratch/out" "$scratch/haswell.json"
expect "and back" 0 "Intel Haswell" "" -- cpu "$scratch/haswell.json"
expect "judged by the file" 1 "capability|80000022H.*processor: haswell \(generic" "" -- why --cpu "$scratch/haswell.json" "$after"
expect "judged by the name" 1 "80000022H" "" -- why --cpu tigerlake "$after"
refused "an unknown one" "no processor profile is named i486; shipped are arrandale" -- cpu i486
refused "two sources" "--live excludes" -- cpu --live --trace "$after"
refused "no trace" "is no trace" -- cpu --trace "$after"

# This machine: its profile, or the reason why there is none.
"$VMXSPEC" cpu --live >"$scratch/live.json" 2>"$scratch/told" && got=0 || got=$?
if ((got == 0)); then
    expect "this machine" 0 "IA32_VMX_BASIC \(480H\)" "" -- cpu "$scratch/live.json"
else
    refused "this machine" "modprobe msr|run this as root|no VMX|can.t be read" -- cpu --live
fi
finish
