#!/usr/bin/env bash
# sanitize.sh SOURCE: the unit tests, compiled by clang++ 14 with AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "$1"
command -v clang++-14 >/dev/null || { echo "sanitize: clang++-14 is missing; ./run test installs it." >&2; exit 3; }
cmake --preset clang-sanitize >/dev/null
log=$(cmake --build --preset clang-sanitize -j "$(nproc)" --target vmxspec-tests 2>&1) || { tail -n 40 <<<"$log"; exit 1; }
tail -n 1 <<<"$log"
cd build/clang-sanitize
"$PWD/bin/vmxspec-tests" '~[count]' -w NoTests
