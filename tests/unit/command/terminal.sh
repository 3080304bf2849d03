#!/usr/bin/env bash
# Colours and widths of text: on a terminal (a pseudo-terminal of script), and where there is none.
source "${BASH_SOURCE%/*}/expect.sh"

after=$FIXTURES/virtualbox-after02.json before=$FIXTURES/virtualbox-before02.json open=$FIXTURES/kvm-before12.json
dump=$FIXTURES/dumps/kvm-accessed-bit.txt
escape=$'\x1b['
command -v script >/dev/null || { echo "script is missing; ./run test installs it."; exit 3; }

# terminal CODE COLUMNS [ARGUMENT]...: what a terminal so wide shows of the command, in $scratch/out.
terminal() {
    local code=$1 columns=$2 got=0 words
    shift 2
    count=$((count + 1))
    words=$(printf '%q ' "$VMXSPEC" "$@")
    TERM=${kind:-xterm} script --quiet --return --command "stty cols $columns; $words" /dev/null </dev/null >"$scratch/typescript" || got=$?
    tr -d '\r' <"$scratch/typescript" >"$scratch/out"
    [[ $got -eq $code ]] || { printf -- '--- %s: exit code %s, expected %s\n' "$words" "$got" "$code"; failures=$((failures + 1)); }
}

# shows PATTERN, hides TEXT: of the last output.
shows() {
    count=$((count + 1))
    [[ $(<"$scratch/out") =~ $1 ]] || { printf -- '--- not shown: %q, but\n%q\n' "$1" "$(<"$scratch/out")"; failures=$((failures + 1)); }
}
hides() {
    count=$((count + 1))
    [[ $(<"$scratch/out") != *"$1"* ]] || { printf -- '--- shown: %q\n' "$1"; failures=$((failures + 1)); }
}

# within COLUMNS: no line of the last output is wider. Characters are counted, escape sequences are not; commands to copy
# are not wrapped.
within() {
    local wide
    count=$((count + 1))
    wide=$(sed 's/\x1b\[[0-9;]*m//g' "$scratch/out" | grep -v '^  to judge them, collect' | LC_ALL=C.UTF-8 grep -E "^.{$(($1 + 1)),}" || true)
    [[ -z $wide ]] || { printf -- '--- wider than %s:\n%s\n' "$1" "$wide"; failures=$((failures + 1)); }
}

# Coloured on a terminal: headline, rule, repair.
terminal 1 200 why "$after"
shows $'after02: \x1b\\[1m\x1b\\[31mthe VM entry fails\\.\x1b\\[0m VM-entry failure'
shows $'\x1b\\[1mmsr-load.efer.lme-pg\x1b\\[0m'
shows $'\x1b\\[31mD01H\x1b\\[0m -> \x1b\\[32m801H \\(LME = 0, LMA = 0\\)\x1b\\[0m'
terminal 0 200 why "$before"
shows $'\x1b\\[32mthe VM entry succeeds:'
terminal 2 200 why "$open"
shows $'\x1b\\[33mnothing visible is wrong;'
terminal 0 200 rule guest.cr0.pg-pe
shows $'\x1b\\[1mguest.cr0.pg-pe'
terminal 1 200 diff "$before" "$after"
shows $'\x1b\\[31m35H\x1b\\[0m -> \x1b\\[32m80010035H'
terminal 1 200 why 7
shows $'\x1b\\[31mVM entry with invalid control field\\(s\\)'

# No colour: asked for, by a dumb terminal, by NO_COLOR; an empty NO_COLOR asks for nothing.
terminal 1 200 why --color never "$after"
hides "$escape"
kind=dumb terminal 1 200 why "$after"
hides "$escape"
NO_COLOR=1 terminal 1 200 why "$after"
hides "$escape"
NO_COLOR='' terminal 1 200 why "$after"
shows $'\x1b'
NO_COLOR=1 terminal 1 200 why --color=always "$after"
shows $'\x1b'
terminal 1 200 why --format json "$after"
hides "$escape"
terminal 1 200 why --format sarif --color always "$after"
hides "$escape"

# As wide as the terminal, or as COLUMNS says; whole words, indented.
for columns in 40 60 80 132; do
    terminal 1 $columns why --explain "$after"
    within $columns
    terminal 1 $columns why --explain "$dump"
    within $columns
    terminal 0 $columns decode "$after"
    within $columns
    COLUMNS=$columns expect "why, $columns columns" 2 "nothing visible" "" -- why --explain "$FIXTURES/dumps/kvm-ordinary-exit.txt"
    within $columns
    COLUMNS=$columns expect "rule, $columns columns" 0 "demanded" "" -- rule guest.debugctl.reserved
    within $columns
    [[ $columns -ge 60 ]] || continue  # ids of rules are longer
    COLUMNS=$columns expect "number, $columns columns" 1 "177 rules" "" -- why --explain 0x80000021
    within $columns
done
COLUMNS=60 expect "a hanging indent" 1 $'\n    demanded: if MSR index = C0000080H and CR0.PG as the\n      entry establishes it = 1:' "" -- why "$after"
COLUMNS=60 expect "a value stays whole" 1 $'\n    VM-entry MSR-load entry 1: IA32_EFER \\(C0000080H\\)\n      = D01H \\(SCE, LME, LMA, NXE\\)\n' "" -- why "$after"
hides "$escape"
COLUMNS=wide expect "COLUMNS that is no number" 1 "qualification 1\." "" -- why "$after"

# A pipe: no colour, and lines as long as they are, for grep.
expect "piped" 1 $'\n    why: guest CR0.PG = 1 and "IA-32e mode guest" = 0 establish [^\n]* such a WRMSR faults\\.\n' "" -- why "$after"
hides "$escape"
expect "piped, with colour" 1 $'\x1b' "" -- why --color always "$after"
refused "a colour that is none" "--color" -- why --color blue "$after"
finish
