#!/usr/bin/env bash
# `vmxspec why` on the recordings.
source "${BASH_SOURCE%/*}/expect.sh"

after=$FIXTURES/virtualbox-after02.json
expect "the recorded failure" 1 "after02: the VM entry fails.*exit reason 80000022H, qualification 1" "" -- why "$after"
expect "its rule" 1 "msr-load.efer.lme-pg +SDM 29.4" "" -- why "$after"
expect "its value" 1 "VM-entry MSR-load entry 1: IA32_EFER \(C0000080H\) = D01H" "" -- why "$after"
expect "its derivation" 1 "guest CR0.PG = 1 and \"IA-32e mode guest\" = 0 establish IA32_EFER.LME = 0.*the value D01H would set it" "" -- why "$after"
expect "its repair" 1 "smallest repair: VM-entry MSR-load entry 1, data: D01H -> 801H" "" -- why "$after"
expect "the recorded outcome" 1 "recorded: exit reason 80000022H, qualification 1.*: as derived" "" -- why "$after"

for name in virtualbox-before12 virtualbox-before02 virtualbox-after12 kvm-before02; do
    expect "$name enters" 0 "the VM entry succeeds: all [0-9]+ checks hold" "" -- why "$FIXTURES/$name.json"
done
expect "an area that is not recorded" 2 "1 cannot be judged" "" -- why "$FIXTURES/kvm-before12.json"

# unit.report reads the JSON whole; here, that the command writes it.
expect "JSON" 1 '^\{.*"verdict": "fails".*"exit_reason": "0x80000022".*"qualification": 1.*"rule": "msr-load.efer.lme-pg"' "" -- why --format json "$after"
for key in format version manual dumps; do lines 1 "^  \"$key\": "; done
for key in verdict outcomes violated undecided; do lines 1 "^      \"$key\": "; done
for key in rule section fields; do lines 1 "^          \"$key\": "; done
lines 1 '"to": "0x801"'
expect "JSON of an entry" 0 '"verdict": "enters"' "" -- why --format json "$FIXTURES/virtualbox-before02.json"
expect "JSON of an open question" 2 '"verdict": "undecided"' "" -- why --format json "$FIXTURES/kvm-before12.json"

input=$after
expect "standard input" 1 "80000022H, qualification 1" "" -- why -
input=/dev/null

# Several states in one input: the worst decides; --section chooses.
{ echo "["; cat "$FIXTURES/virtualbox-before02.json"; echo ","; cat "$after"; echo "]"; } >"$scratch/both.json"
expect "two states" 1 "before02: the VM entry succeeds.*after02: the VM entry fails" "" -- why --no-repair "$scratch/both.json"
expect "one section" 0 "before02: the VM entry succeeds" "" -- why --section before02 "$scratch/both.json"
refused "no such section" "no section after12; it has before02, after02" -- why --section after12 "$scratch/both.json"

# A value that the user assumes, a processor that the user names.
expect "--assume" 1 "basic.gp.cpl" "" -- why --no-repair --assume before.cpl=3 "$FIXTURES/virtualbox-before02.json"
refused "--assume of nothing" "assumes nothing" -- why --assume before.cpl "$after"
refused "--assume beyond the width" "does not fit" -- why --assume before.cpl=4 "$after"
refused "--assume of an unknown name" "nearest name is before.cpl" -- why --assume before.cpll=1 "$after"
expect "--cpu" 1 "processor: arrandale" "" -- why --no-repair --cpu arrandale "$after"
expect "just a number" 1 "80000021H as an exit reason: VM-entry failure due to invalid guest state.*passed 29.1 and 29.2.*177 rules are in play" "" -- why 0x80000021
expect "with its qualification" 1 "Entry 3 of the VM-entry MSR-load area failed.*msr-load.efer.lme-pg" "" -- why 80000022 qualification 3
expect "two meanings" 1 "7 as a VM-instruction error: VM entry with invalid control field.*7 as an exit reason: interrupt window" "" -- why 7
expect "no failure" 0 "12 as an exit reason: HLT" "" -- why 12
expect "a number as JSON" 1 '"space": "exit reason".*"guest.pdpte.vmcs"' "" -- why 0x80000021 qualification 2 --format json
refused "a number that says nothing" "63H|99 is neither" -- why 99

# Dumps as people paste them.
dumps=$FIXTURES/dumps
expect "KVM" 1 "guest.ds.type.accessed.*guest.es.type.accessed.*smallest repair.*as derived" "" -- why "$dumps/kvm-accessed-bit.txt"
expect "KVM: an ordinary exit" 2 "nothing visible is wrong; .*the dump: exit reason 30H.*to judge them, collect capability MSRs" "" -- why "$dumps/kvm-ordinary-exit.txt"
expect "Xen" 1 "the dump: Xen prints 0.*guest.pending-dbg.bs-set" "" -- why "$dumps/xen-mov-ss-tf.txt"
expect "NoirVisor" 1 "guest.tr.type.ia32e" "" -- why --no-repair "$dumps/noirvisor.txt"
expect "HAXM" 1 "guest.cr0.pg-pe" "" -- why "$dumps/haxm.txt"
expect "VirtualBox" 2 "HM error 570.*rules cannot be judged .--explain" "" -- why "$dumps/virtualbox.txt"
expect "--explain says what it means and what to do" 1 "what this means:.*this section checks.*what to do:" "" -- why --explain "$after"
expect "--explain of a number" 1 "VMfailValid: no guest ran.*checks the controls.*Get the VMCS" "" -- why --explain 7
expect "--explain lists what is open" 2 "cannot be judged, by what would decide" "" -- why --explain "$dumps/virtualbox.txt"
cat "$dumps/kvm-accessed-bit.txt" "$dumps/kvm-ordinary-exit.txt" >"$scratch/two.txt"
expect "two dumps" 1 "dump 1 of 2: the VM entry fails.*dump 2 of 2: nothing visible is wrong" "" -- why --no-repair "$scratch/two.txt"
expect "the second" 2 "dump 2 of 2: nothing visible is wrong" "" -- why --no-repair --section "dump 2 of 2" "$scratch/two.txt"
head -n 20 "$dumps/kvm-ordinary-exit.txt" >"$scratch/cut.txt"
expect "a cut dump" 2 "the dump is not whole.*collect the whole dump: .*dump_invalid_vmcs" "" -- why "$scratch/cut.txt"
echo "KVM: entry failed, hardware error 0x7" >"$scratch/qemu.txt"
expect "QEMU's line" 2 "7H means: VM entry with invalid control fields" "" -- why "$scratch/qemu.txt"
expect "JSON of a dump" 2 '"caveats": \[.*"collect": \[' "" -- why --format json "$scratch/qemu.txt"
refused "the wrong format" "no VMCS field was found in it" -- why --from xen "$scratch/qemu.txt"
finish
