#!/usr/bin/env bash
# fuzz.sh SOURCE SECONDS: libFuzzer on the dump readers, from the dumps of tests/fixtures and what earlier runs found; what it
# finds is kept in build/fuzz-corpus; the seed is fixed, so that a run can be repeated. Exit 1 with the input in build/fuzz-* when a property does not hold.
set -euo pipefail
cd "$1"
command -v clang++-14 >/dev/null || { echo "fuzz: clang++-14 is missing; ./run test installs it." >&2; exit 3; }
cmake --preset clang-sanitize >/dev/null
log=$(cmake --build --preset clang-sanitize -j "$(nproc)" --target vmxspec-fuzz 2>&1) || { tail -n 40 <<<"$log"; exit 1; }
tail -n 1 <<<"$log"
mkdir -p build/fuzz-corpus build/fuzz-seeds
# A byte for the property, one for the reader (0: recognised), four that only cuts use, then the text.
for file in tests/fixtures/dumps/* tests/fixtures/*.json; do
    { printf '\0\0\0\0\0\0'; cat "$file"; } >"build/fuzz-seeds/${file##*/}"
done
for kind in 1 2 3; do printf "\\x0$kind"'\1\2\3\4\5' >"build/fuzz-seeds/cut-$kind"; done
build/clang-sanitize/bin/vmxspec-fuzz -max_total_time="$2" -max_len=16384 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -seed=1 \
    -artifact_prefix=build/fuzz- -dict=tests/fuzz/dump.dict build/fuzz-corpus build/fuzz-seeds >build/fuzz.log 2>&1 || {
    tail -n 60 build/fuzz.log
    exit 1
}
grep -E '^Done|average_exec|peak_rss' build/fuzz.log
