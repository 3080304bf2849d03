#!/usr/bin/env bash
# `vmxspec ask`: the question behind the recorded failure, in both of its halves.
source "${BASH_SOURCE%/*}/expect.sh"

expect "with paging LME is cleared" 0 "^proven: every VM entry with .* establishes after.efer.LME=0" "" -- \
    ask --given 'entry.ia32e_mode_guest=0, guest.cr0.PG=1, entry.load_efer=0' --then 'after.efer.LME=0'
expect "without paging it need not be" 1 "^refuted: .*guest.cr0 = 20H \(NE\).*before.efer = [0-9A-F]+H \(.*LME" "" -- \
    ask --cpu arrandale --given 'entry.ia32e_mode_guest=0, guest.cr0.PG=0, entry.load_efer=0' --then 'after.efer.LME=0'
expect "what no entry has" 2 "^undecided: no VM entry that succeeds has what is given" "" -- \
    ask --given 'guest.cr0.PG=1, guest.cr0.PE=0' --then 'after.efer.LME=0'
finish
