#!/usr/bin/env bash
# sanitize.sh SOURCE: the unit tests, compiled by clang++ 14 with AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "$1"
command -v clang++-14 >/dev/null || { echo "sanitize: clang++-14 is missing; ./run test installs it." >&2; exit 3; }
cmake --preset clang-sanitize >/dev/null
cmake --build --preset clang-sanitize -j "$(nproc)" --target vmxspec-tests | tail -n 1
cd build/clang-sanitize
"$PWD/bin/vmxspec-tests" '~[count]' -w NoTests
