#!/usr/bin/env bash
# run_validate.sh RUN BUILD: ./run validate on what is built in BUILD: two shards side by side, as machines would run
# them, whose results are put together; and what it refuses.
set -euo pipefail

run=$1 build=$2
export VMXSPEC_BUILD=$build
model=corei5_lynnfield_750
vmxspec=$build/bin/vmxspec

refuses() {
    local words=$1 code=0 said
    shift
    said=$("$run" validate "$@" 2>&1) || code=$?
    [[ $code == 3 && $said == *"$words"* ]] || {
        echo "run validate $*: exit code $code, and \"$said\", not \"$words\"" >&2
        exit 1
    }
}
refuses 'is not in tests/bochs/models.txt' --model i486dx --shard 1/2
refuses '--shard 3/2 is no shard' --shard 3/2
refuses '--every 0 is not a number' --every 0
refuses '--every needs a value' --every
refuses '--quick is not an option' --quick

rm -rf -- "$build/bochs/confront/$model"
printf '%s\n' 1/2 2/2 | xargs -P 2 -I{} "$run" validate --model "$model" --every 1000 --shard {} >/dev/null
results=("$build/bochs/confront/$model"/{1,2}-of-2/result.json)
"$vmxspec" validate --merge "${results[@]}"

# Half of it is not the whole.
code=0
said=$("$vmxspec" validate --merge "${results[0]}" 2>&1) || code=$?
[[ $code == 3 && $said == *'of 2 shards these are missing: 2'* ]] || {
    echo "one shard of two, merged: exit code $code, and \"$said\"" >&2
    exit 1
}
