#!/bin/bash
# profile.sh VMXSPEC TRACE MODEL: the processor profile of Bochs' MODEL as shipped in spec/state/profiles, from a trace
# of the probe on it. To remake all of them:
#   for model in $(cat tests/bochs/models.txt); do
#       tests/bochs/bochs.sh --iso build/probe.iso --model $model --out build/bochs/$model
#       tests/bochs/profile.sh build/bin/vmxspec build/bochs/$model/trace.txt $model >spec/state/profiles/$model.json
#   done
# With a fourth argument, the shipped profile: fails unless it is this one.
set -euo pipefail
title="Bochs' $3, after $("$1" cpu --trace "$2" | sed -n 's/^ "title": "\(.*\)",$/\1/p' | tr -s ' ')"
profile=$("$1" cpu --trace "$2" --name "$3" --title "$title" --kind emulated \
    --origin "emulated: read by the probe on Bochs 2.7's model")
if (($# == 3)); then
    printf '%s\n' "$profile"
else
    diff -u "$4" <(printf '%s\n' "$profile") || { echo "$4 is not what Bochs' model $3 shows." && exit 1; }
fi
