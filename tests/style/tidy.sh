#!/usr/bin/env bash
# tidy.sh BUILD: clang-tidy 14 finds nothing in any source. Hosted files are compiled as the build does; freestanding
# ones with clang's spelling of their flags. A file that was clean stays clean until it, or what it includes, changes:
# results are kept in BUILD/tidy by the digest of the preprocessed file.
set -euo pipefail
build=$1
cd "$(dirname "$0")/../.."
command -v clang-tidy-14 >/dev/null || { echo "style: clang-tidy-14 is missing; ./run test installs it." >&2; exit 3; }
mkdir -p "$build/tidy"

check() {
    local build=$1 file=$2 digest mark
    local free=(-std=c++20 -I. "-I$build/generated/include" -isystem /usr/share/grub -ffreestanding -fno-exceptions -fno-rtti -mno-red-zone
        -DVMXSPEC_FREESTANDING)
    local hosted=(-std=c++20 -I. "-I$build/generated/include" "-I$build/generated/configured" '-DVMXSPEC_FIXTURES="tests/fixtures"')
    local flags=("${hosted[@]}")
    [[ $file != tests/bochs/screen_text.cpp ]] && [[ $file == runtime/* || $file == hv/* || $file == tests/bochs/* ]] && flags=("${free[@]}")
    [[ $file == tests/bochs/hv/i386/* ]] && flags+=(-m32)
    digest=$({ clang++-14 -E -P "${flags[@]}" "$file" 2>&1; cat .clang-tidy; } | sha256sum | cut -c1-32)
    mark="$build/tidy/$digest"
    [[ -e $mark ]] && return 0
    if clang-tidy-14 --quiet "$file" -- "${flags[@]}" >"$mark.log" 2>&1 && ! grep -q 'error:' "$mark.log"; then
        mv "$mark.log" "$mark"
    else
        grep -E '(error|warning):' "$mark.log" | head -20
        return 1
    fi
}
export -f check

# state.cpp and the unit tests instantiate Hana and Catch for minutes and hold nothing of their own to find.
find spec gen proofs runtime hv tests/bochs tests/bench -name '*.cpp' ! -path spec/state/state.cpp -print0 |
    xargs -0 -n 1 -P "$(nproc)" bash -c 'check "$0" "$1"' "$build"
echo "clang-tidy found nothing"
