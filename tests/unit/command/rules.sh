#!/usr/bin/env bash
# `vmxspec rule`, `vmxspec rules`, and `vmxspec prove` as a listing.
source "${BASH_SOURCE%/*}/expect.sh"

expect "one rule" 0 "guest.cr0.pg-pe.*SDM 29.3.1.1.*demanded: if guest CR0.PG = 1: guest CR0.PE = 1.*if broken: .*80000021H.*reads: guest.cr0" "" -- rule guest.cr0.pg-pe
expect "a rule of the MSR-load area" 0 "SDM 29.4.*80000022H, qualification = number of the entry" "" -- rule msr-load.efer.lme-pg
expect "the table of WRMSR" 0 "MSRs that are judged:.*C0000080H.*IA32_EFER" "" -- rule msr-load.wrmsr-gp

expect "ids" 0 "guest.cr0.pg-pe" "" -- rules --format ids
lines 353
[[ $(sort -u "$scratch/out" | wc -l) -eq 353 ]] || { echo "an id is listed twice"; failures=$((failures + 1)); }
expect "text" 0 "guest.cr0.pg-pe +SDM 29.3.1.1" "" -- rules
lines 353
lines 353 " SDM [0-9]"
expect "json" 0 '^\[.*\]$' "" -- rules --format json
for key in id section title condition outcome; do lines 353 "^    \"$key\": \""; done

expect "theorems of a family" 0 '^\[' "" -- prove --only msr-load/ --format json
for key in name statement verdict expected seconds; do lines 5 "^  \"$key\": "; done
lines 5 '"verdict": "proven"'
expect "the recorded translation" 0 "refuted +nested/copied-efer.*guest CR0 = .*PG.*IA32_EFER at VM entry = .*LME" "" -- prove --only nested/
expect "a verdict is kept" 0 "5 theorems: 5 proven, 0 refuted, 0 unknown; 0 not as expected. [0-9.]+ s$" "" -- prove --only msr-load/ --cache "$scratch/proofs.json"
expect "and found again" 0 "5 theorems: 5 proven.*, 5 known from an earlier run" "" -- prove --only msr-load/ --cache "$scratch/proofs.json"
echo '{"format": "other"}' >"$scratch/other.json"
refused "a file that holds no proofs" "other.json does not hold proofs.*remove it" -- prove --only msr-load/ --cache "$scratch/other.json"
expect "help" 0 "why.*ask.*rule.*prove" "" -- --help
expect "help of a command" 0 "--section" "" -- why --help
finish
