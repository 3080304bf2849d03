#!/usr/bin/env bash
# pairing.sh COMPILER SOURCE MESSAGE [FLAG]...: the source does not compile with WRONG defined, for the reason that is meant;
# without it, it compiles.
set -euo pipefail
compiler=$1 source=$2 message=$3
shift 3

"$compiler" -std=c++20 -fsyntax-only "$@" "$source" || { echo "the right twin of $source does not compile"; exit 1; }
if said=$("$compiler" -std=c++20 -fsyntax-only -DWRONG "$@" "$source" 2>&1); then
    echo "$source compiles, though it should not"
    exit 1
fi
grep -qE -- "$message" <<<"$said" || { printf 'expected "%s", but the compiler said:\n%s\n' "$message" "$said"; exit 1; }
