#!/usr/bin/env bash
# `vmxspec ask`: the question behind the recorded failure, in both of its halves.
source "${BASH_SOURCE%/*}/expect.sh"

expect "with paging LME is cleared" 0 "^proven: every VM entry with .* establishes after.efer.LME=0" "" -- \
    ask --given 'entry.ia32e_mode_guest=0, guest.cr0.PG=1, entry.load_efer=0' --then 'after.efer.LME=0'
expect "without paging it need not be" 1 "^refuted: .*guest.cr0 = 20H \(NE\).*before.efer = [0-9A-F]+H \(.*LME" "" -- \
    ask --cpu arrandale --given 'entry.ia32e_mode_guest=0, guest.cr0.PG=0, entry.load_efer=0' --then 'after.efer.LME=0'
expect "what no entry has" 2 "^undecided: no VM entry that succeeds has what is given" "" -- \
    ask --given 'guest.cr0.PG=1, guest.cr0.PE=0' --then 'after.efer.LME=0'
expect "undefined bits" 1 "^refuted: .*, for the manual leaves it undefined.*the manual leaves bits 63:32 of after.rsp undefined here .SDM 29.3.2.3.*where the manual defines what is asked, it is proven" "" -- \
    ask --given processor.intel64 --then 'after.rsp = guest.rsp'
expect "a VM exit" 0 "^proven: every VM exit with processor.intel64 establishes after_exit.efer.LMA = exit.host_address_space_size" "" -- \
    ask --given processor.intel64 --then 'after_exit.efer.LMA = exit.host_address_space_size'
expect "as JSON" 1 '"about": "VM entry".*"verdict": "refuted".*"name": "guest.cr0".*"value": "0x[0-9a-f]+"' "" -- \
    ask --format json --then 'guest.cr0.PG'
expect "JSON of what no entry has" 2 '"verdict": "undecided",.*"reason": "no VM entry that succeeds has what is given"' "" -- \
    ask --format json --given 'guest.cr0.PG and not guest.cr0.PE' --then 'guest.cr0.PE'
expect "the language in short" 0 "after_exit.vmcs.exit_reason.*implies" "" -- ask --help
finish
