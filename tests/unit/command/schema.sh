#!/usr/bin/env bash
# What --format json and --format sarif write fits the schemas that are shipped, and the schemas refuse what does not.
source "${BASH_SOURCE%/*}/expect.sh"

/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || { echo "python3-jsonschema is missing; ./run test installs it."; exit 3; }
here=$(cd "${BASH_SOURCE%/*}" && pwd)

# written NAME COMMAND CODE -- [ARGUMENT]...: one JSON document, kept as NAME for the schema of the COMMAND.
written() {
    local name=$1 command=$2 code=$3
    shift 4
    mkdir -p "$scratch/$command"
    expect "$name as JSON" "$code" '^[[{].*[]}]$' "" -- "$@"
    cp "$scratch/out" "$scratch/$command/$name.json"
}

# valid COMMAND NUMBER: all that was written for the schema fits it.
valid() {
    local command=$1 number=$2 documents=("$scratch/$1"/*.json) told
    count=$((count + 1))
    expect "the schema of $command" 0 '^\{' "" -- schema "$command"
    cp "$scratch/out" "$scratch/$command.schema"
    if ! told=$(/usr/bin/python3 "$here/validate.py" "$scratch/$command.schema" "${documents[@]}") || [[ ${#documents[@]} -ne $number ]]; then
        printf -- '--- %s: %s documents, expected %s\n%s\n' "$command" "${#documents[@]}" "$number" "$told"
        failures=$((failures + 1))
    fi
}

# Each fixture, in both formats, with its exit code: 0 enters, 1 fails, 2 undecided.
declare -A codes=([kvm-before02.json]=0 [kvm-before12.json]=2 [virtualbox-after02.json]=1 [virtualbox-after12.json]=0
    [virtualbox-before02.json]=0 [virtualbox-before12.json]=0 [haxm.txt]=1 [kvm-accessed-bit.txt]=1
    [kvm-ordinary-exit.txt]=2 [noirvisor.txt]=1 [virtualbox.txt]=2 [virtualbox-real-mode.txt]=1 [xen-mov-ss-tf.txt]=1)
seen=0
for file in "$FIXTURES"/*.json "$FIXTURES"/dumps/*; do
    name=${file##*/}
    [[ -n ${codes[$name]:-} ]] || { echo "schema.sh does not know the exit code of $name"; exit 1; }
    written "$name" why "${codes[$name]}" -- why --no-repair --format json "$file"
    written "$name" sarif "${codes[$name]}" -- why --no-repair --format sarif "$file"
    written "$name" decode 0 -- decode --format json "$file"
    seen=$((seen + 1))
done
[[ $seen -eq ${#codes[@]} ]] || { echo "schema.sh: $seen fixtures, expected ${#codes[@]}"; exit 1; }

# Repairs, several dumps, standard input, broken rules of every kind of outcome, just a number.
after=$FIXTURES/virtualbox-after02.json before=$FIXTURES/virtualbox-before02.json
cat "$FIXTURES/dumps/kvm-accessed-bit.txt" "$FIXTURES/dumps/kvm-ordinary-exit.txt" >"$scratch/two dumps.txt"
sed -E 's/("control.entry_msr_load_count": )"[^"]*"/\1"0x2000"/' "$before" >"$scratch/many.json"
sed -E 's/("control.pin": )"[^"]*"/\1"0x0"/' "$before" >"$scratch/pin.json"
for format in json sarif; do
    [[ $format == json ]] && schema=why || schema=sarif
    written repair $schema 1 -- why --format $format "$after"
    written repairs $schema 1 -- why --format $format "$scratch/pin.json"
    written two $schema 1 -- why --no-repair --format $format "$scratch/two dumps.txt"
    written cpl $schema 1 -- why --no-repair --format $format --assume before.cpl=3 "$before"
    written no-vmcs $schema 1 -- why --no-repair --format $format --assume before.current_vmcs=0xffffffffffffffff "$before"
    written control $schema 1 -- why --format $format --assume before.efer.lma=0 --assume before.efer.lme=0 "$before"
    written advice $schema 2 -- why --no-repair --format $format "$scratch/many.json"
    input="$scratch/two dumps.txt"
    written stdin $schema 1 -- why --no-repair --format $format -
    input=/dev/null
done
for number in 0x80000021 0x80000022 7 8 12 48; do
    [[ $number == 12 || $number == 48 ]] && code=0 || code=1
    written "number-$number" why $code -- why --format json $number
done
written number-qualification why 1 -- why --format json 0x80000021 qualification 2
refused "a number as SARIF" "a number is no dump" -- why --format sarif 0x80000021

written same diff 0 -- diff --format json "$after" "$after"
written other diff 1 -- diff --format json "$before" "$after"
written area diff 1 -- diff --format json "$before" "$FIXTURES/dumps/haxm.txt"
written rules rules 0 -- rules --format json
written msr-load prove 0 -- prove --only msr-load/ --format json
written nested prove 0 -- prove --only nested/ --format json
written proven ask 0 -- ask --format json --then 'guest.cr0.PG implies guest.cr0.PE'
written refuted ask 1 -- ask --format json --cpu arrandale --given guest.cr0.PE --then guest.cr0.PG
written undefined ask 1 -- ask --format json --given processor.intel64 --then 'after.rsp = guest.rsp'
written undecided ask 2 -- ask --format json --given 'guest.cr0.PG and not guest.cr0.PE' --then guest.cr0.PE
valid why 28
valid sarif 21
valid decode 13
valid ask 4
valid diff 3
valid rules 1
valid prove 2

# What the schema cannot say of SARIF: where indices point to, and where a file is.
pointed() {
    local told
    count=$((count + 1))
    told=$(/usr/bin/python3 - "$scratch"/sarif/*.json <<'PYTHON'
import json
import sys

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        run = json.load(file)["runs"][0]
    rules, places = run["tool"]["driver"]["rules"], run["logicalLocations"]
    assert len({rule["id"] for rule in rules}) == len(rules), path
    for place in places:
        parent = places[place["parentIndex"]] if "parentIndex" in place else None
        full = f"{parent['name']}/{place['name']}" if parent else place["name"]
        assert place["fullyQualifiedName"] == full, path
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"], path
        for location in result["locations"] + result["relatedLocations"]:
            for place in location.get("logicalLocations", []):
                assert places[place["index"]]["fullyQualifiedName"] == place["fullyQualifiedName"], path
    levels = {result["level"] for result in run["results"]}
    verdicts = {dump["verdict"] for dump in run["properties"]["dumps"]}
    assert ("error" in levels) == ("fails" in verdicts), path
PYTHON
    ) || { failures=$((failures + 1)); echo "--- an index of SARIF points elsewhere: $told"; }
}
pointed
cp "$scratch/two dumps.txt" "$scratch/a:b.txt"
cd "$scratch"
expect "a relative file" 1 '"uri": "a%3Ab.txt",.*"uriBaseId": "WORKING_DIRECTORY"' "" -- why --no-repair --format sarif a:b.txt
expect "an absolute file" 1 '"uri": "file:///[^"]*/two%20dumps.txt"' "" -- why --no-repair --format sarif "$scratch/two dumps.txt"
lines 0 uriBaseId
input="$scratch/two dumps.txt"
expect "standard input has no URI" 1 '"description".*"text": "standard input".*"standardStream"' "" -- why --no-repair --format sarif -
lines 0 '"uri'
input=/dev/null
expect "advice" 2 '"kind": "fail",.*"level": "note"' "" -- why --no-repair --format sarif "$scratch/many.json"
expect "alternatives and their reasons" 1 '"because": .*"capability": "IA32_VMX_TRUE_PINBASED_CTLS".*"opens": \[\].*"because"' "" -- why --format json "$scratch/pin.json"
refused "a schema that is none" "command: " -- schema nothing
finish
