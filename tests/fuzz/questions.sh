#!/usr/bin/env bash
# questions.sh SOURCE SECONDS: libFuzzer on the language of `vmxspec ask`, from the questions of its document; the seed is fixed,
# so that a run can be repeated. Exit 1 with the input in build/fuzz-question-* when a property does not hold.
set -euo pipefail
cd "$1"
command -v clang++-14 >/dev/null || { echo "fuzz: clang++-14 is missing; ./run test installs it." >&2; exit 3; }
cmake --preset clang-sanitize >/dev/null
log=$(cmake --build --preset clang-sanitize -j "$(nproc)" --target vmxspec-fuzz-questions 2>&1) || { tail -n 40 <<<"$log"; exit 1; }
tail -n 1 <<<"$log"
mkdir -p build/fuzz-questions build/fuzz-question-seeds
grep -oE -- "--(given|then) '[^']*'" proofs/query/README.md | sed "s/^[^']*'//; s/'\$//" | sort -u |
    while IFS= read -r question; do printf '%s' "$question" >"build/fuzz-question-seeds/$(cksum <<<"$question" | cut -d ' ' -f 1)"; done
build/clang-sanitize/bin/vmxspec-fuzz-questions -max_total_time="$2" -max_len=512 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
    -seed=1 -artifact_prefix=build/fuzz-question- -dict=tests/fuzz/question.dict build/fuzz-questions build/fuzz-question-seeds \
    >build/fuzz-questions.log 2>&1 || {
    tail -n 60 build/fuzz-questions.log
    exit 1
}
grep -E '^Done|average_exec|peak_rss' build/fuzz-questions.log
