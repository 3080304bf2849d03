#!/usr/bin/env bash
# Every input that cannot be used: exit code 3, one sentence, nothing on standard output.
source "${BASH_SOURCE%/*}/expect.sh"

after=$FIXTURES/virtualbox-after02.json
file() { printf '%b' "$2" >"$scratch/$1"; }

file text.txt "the quick brown fox\n"
refused "an unknown format" "is in no format that is known" -- why "$scratch/text.txt"
file cut.json "$(head -c 2000 "$after")"
refused "a JSON that breaks off" "cut.json is not complete JSON: it breaks at byte 2001" -- why "$scratch/cut.json"
file cut.txt "(0x6800) @before02@guest_CR0 = 0x0000000080010035\n(0x6802) @before02@guest_CR3 = 0x00000000001"
refused "a truncated line" "cut.txt, line 2: the last line breaks off" -- why "$scratch/cut.txt"
file cut2.txt "(0x6800) @before02@guest_CR0 = 0x0000000080\n(0x6802) @before02@guest_CR3 = 0x0000000000100000\n"
refused "a truncated line inside" "cut2.txt, line 1: 10 of 16 digits" -- why "$scratch/cut2.txt"
file wide.json '{"format": "vmxspec-state", "fields": {"control.entry": "0x1000011ff"}}'
refused "a value out of width" "wide.json: control.entry = 1000011FFH does not fit: it has 32 bits" -- why "$scratch/wide.json"
file wide.txt "(0x4012) @before02@control_VM_entry_controls = 0x0000000011ff\n"
refused "digits out of width" "wide.txt, line 1: 12 digits where 8 fit" -- why "$scratch/wide.txt"
file twice.json '{"format": "vmxspec-state", "fields": {"guest.cr0": "0x31", "guest.cr0": "0x33"}}'
refused "a field twice" "twice.json: guest.cr0 is given twice" -- why "$scratch/twice.json"
file twice.txt "(0x6800) @before02@guest_CR0 = 0x0000000080010035\n(0x6800) @before02@guest_CR0 = 0x0000000080010031\n"
refused "a line twice" "twice.txt, line 2: guest.cr0 is given twice with different values, 80010035H and 80010031H" -- why "$scratch/twice.txt"
refused "no such file" "missing.txt cannot be read: No such file or directory" -- why "$scratch/missing.txt"
refused "a directory" "is a directory" -- why "$scratch"
file empty.txt ""
refused "an empty file" "empty.txt is empty" -- why "$scratch/empty.txt"
file blank.txt "\n  \n\t\n"
refused "a blank file" "blank.txt is empty" -- why "$scratch/blank.txt"
refused "empty standard input" "standard input is empty" -- why -
{ printf 'CPU(0x05): @before02@'; head -c 4000000 /dev/zero | tr '\0' a; echo ' = 0x0000'; } >"$scratch/long.txt"
refused "a line of megabytes" "long.txt, line 1: a VMCS line of 40[0-9]+ characters" -- why "$scratch/long.txt"
head -c 200000 /dev/zero | tr '\0' '[' >"$scratch/deep.json"
refused "a deep JSON" "deep.json" -- why "$scratch/deep.json"
head -c 100000 /dev/zero >"$scratch/zeros"
refused "zeros" "no format that is known" -- why "$scratch/zeros"

refused "an unknown rule" "no rule is named guest.cr0.pg; vmxspec rules lists all" -- rule guest.cr0.pg
refused "an unknown processor" "no processor profile is named i486; shipped are arrandale" -- why --cpu i486 "$after"
file other.json '{"format": "vmxspec-state"}'
refused "a profile that is none" "other.json is no processor profile" -- why --cpu "$scratch/other.json" "$after"
file list.json '[1]'
refused "a profile that is a list" "list.json" -- why --cpu "$scratch/list.json" "$after"
file typed.json '{"format": 7}'
refused "a profile whose format is a number" "typed.json" -- why --cpu "$scratch/typed.json" "$after"
file feature.json '{"format": "vmxspec-processor", "features": {"processor.speed": 1}}'
refused "an unknown feature" "feature.json: no feature is named processor.speed" -- why --cpu "$scratch/feature.json" "$after"
refused "an unknown section" "has no section after12; it has after02" -- why --section after12 "$after"
refused "an unknown format name" "no dump format is named hyperv" -- why --from hyperv "$after"
refused "an unknown option" "--frobnicate" -- why --frobnicate "$after"
refused "an unknown command" "no command is named frobnicate" -- frobnicate
refused "no command" "subcommand is required" --
refused "an output format that is none" "--format" -- why --format yaml "$after"
refused "no dump" "dump is required" -- why
refused "a question that is none" "compares nothing" -- ask --then guest.cr0
refused "no claim" "--then is required" -- ask
refused "an unknown name in a question" "--then, column 1: .* the nearest name is after.efer.lm" -- ask --then after.efer.LMX=1
refused "a question that breaks off" "--given, column 17: .*expected.*the text ends" -- ask --given 'guest.cr0.PG and' --then guest.cr0.PE
refused "a question of two transitions" "ask them apart" -- ask --given after.cr0.PE --then after_failure.cr0.PE
refused "no theorem of this name" "no theorem's name begins with nothing/" -- prove --only nothing/
refused "a limit that is none" "--limit" -- prove --limit 0
file trace.txt "vmxspec-trace 1\nvector a\nvmcs 802=12345\n"
refused "a damaged trace" "trace.txt, line 3: guest.cs_selector = 12345H does not fit" -- validate "$scratch/trace.txt"
refused "no trace" "is no trace" -- validate "$after"
refused "a catalogue in no folder" "cannot be written" -- catalogue "$scratch/none/catalogue.json"
finish
