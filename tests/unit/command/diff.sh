#!/usr/bin/env bash
# `vmxspec decode` and `vmxspec diff`.
source "${BASH_SOURCE%/*}/expect.sh"

before=$FIXTURES/virtualbox-before02.json after=$FIXTURES/virtualbox-after02.json
expect "decode" 0 "^after02.* 6800H  guest CR0 = 80010035H \(PE, EM, ET, NE, WP, PG\).*VM-entry MSR-load entry 1: MSR C0000080H = D01H \(SCE, LME, LMA, NXE\)" "" -- decode "$after"
expect "decode as JSON" 0 '"field": "guest.cr0".*"encoding": 26624.*"PG": 1.*"entry_msr_load"' "" -- decode --format json "$after"
expect "decode what a person pastes" 0 "guest CS selector = " "" -- decode "$FIXTURES/dumps/kvm-accessed-bit.txt"
expect "nothing differs" 0 "" "" -- diff "$after" "$after"
expect "the recorded failure against the entry before" 1 "guest CR0: 35H -> 80010035H
    WP: 0 -> 1, PG: 0 -> 1" "" -- diff "$before" "$after"
expect "diff as JSON" 1 '"name": .*"encoding": .*"from": .*"to": .*"bits": ' "" -- diff --format json "$before" "$after"
cat "$FIXTURES/dumps/kvm-accessed-bit.txt" "$FIXTURES/dumps/kvm-ordinary-exit.txt" >"$scratch/two.txt"
expect "two of one paste" 1 "guest CR3: .* -> " "" -- diff "$scratch/two.txt#dump 1 of 2" "$scratch/two.txt#dump 2 of 2"
refused "which of two" "two.txt has 2 dumps; name one as .*two.txt#SECTION" -- diff "$scratch/two.txt" "$after"
refused "no such section" "has no section x; it has dump 1 of 2, dump 2 of 2" -- diff "$scratch/two.txt#x" "$after"
refused "no such file" "nowhere.txt" -- diff "$scratch/nowhere.txt" "$after"
finish
