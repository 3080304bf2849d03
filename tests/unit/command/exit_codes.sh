#!/usr/bin/env bash
# Exit codes of `vmxspec why`: 0 enters, 1 fails, 2 undecided, 3 unusable input; the same in each format.
source "${BASH_SOURCE%/*}/expect.sh"

after=$FIXTURES/virtualbox-after02.json before=$FIXTURES/virtualbox-before02.json open=$FIXTURES/kvm-before12.json
echo "the quick brown fox" >"$scratch/text.txt"
states() {
    local separator='[' file
    for file in "$@"; do
        echo "$separator"
        cat "$file"
        separator=,
    done
    echo ']'
}
states "$before" "$open" >"$scratch/open.json"
states "$open" "$after" "$before" >"$scratch/fails.json"
for format in text json sarif; do
    expect "$format: enters" 0 "." "" -- why --no-repair --format $format "$before"
    expect "$format: fails" 1 "." "" -- why --no-repair --format $format "$after"
    expect "$format: undecided" 2 "." "" -- why --no-repair --format $format "$open"
    expect "$format: one is undecided" 2 "." "" -- why --no-repair --format $format "$scratch/open.json"
    expect "$format: one fails" 1 "." "" -- why --no-repair --format $format "$scratch/fails.json"
    refused "$format: unusable" "in no format that is known" -- why --format $format "$scratch/text.txt"
    refused "$format: a number that says nothing" "." -- why --format $format 99
done
expect "SARIF tells it" 2 '"exitCode": 2' "" -- why --no-repair --format sarif "$open"
for format in text json; do
    expect "$format: a failure's number" 1 "." "" -- why --format $format 0x80000021
    expect "$format: a number of no failure" 0 "." "" -- why --format $format 48
done
finish
