#!/usr/bin/env bash
# includes_selftest.sh ROOT SCRATCH: includes.sh finds nothing in the tree, and each planted breach in a copy of it.
set -euo pipefail
root=$1 scratch=$2
guard=$root/tests/guards/includes.sh

rm -rf "$scratch"
mkdir -p "$scratch"
for folder in spec gen proofs runtime hv tests; do [[ ! -d $root/$folder ]] || cp -r "$root/$folder" "$scratch/"; done
"$guard" "$scratch" || { echo "the copy of the tree breaks a rule by itself"; exit 1; }

# planted FILE LINE WORDS: with the line in the file, the guard says the words and fails.
planted() {
    local file=$scratch/$1 line=$2 words=$3 kept said
    kept=$(mktemp)
    mkdir -p "${file%/*}"
    [[ -e $file ]] && cp "$file" "$kept" || rm "$kept"
    printf '%s\n' "$line" >>"$file"
    if said=$("$guard" "$scratch"); then
        echo "not found in $1: $line"
        exit 1
    fi
    [[ $said == *"$words"* && $(wc -l <<<"$said") -eq 1 ]] || { printf 'expected one line with "%s", but:\n%s\n' "$words" "$said"; exit 1; }
    if [[ -e $kept ]]; then mv "$kept" "$file"; else rm "$file"; fi
}

planted spec/lang/bits.hpp '#include "proofs/smt/solver.hpp"' "spec may include only spec/"
planted spec/lang/bits.hpp '# include <runtime/cpu/msr.hpp>' "spec may include only spec/"
planted runtime/cpu/msr.hpp '#include "spec/lang/bits.hpp"' "runtime may include only runtime/"
planted runtime/cpu/msr.hpp '#include <vmxspec/generated/entry_checks.hpp>' "runtime may include only runtime/"
planted gen/emit/emit.cpp '#include "proofs/state/profile.hpp"' "gen/emit may include only spec/ gen/"
planted gen/templates/entry_state.hpp.jinja '#include "spec/lang/bits.hpp"' "gen/templates may include only"
planted proofs/query/name.cpp '#include "runtime/cpu/msr.hpp"' "proofs may include only"
planted hv/new.cpp '#include "spec/lang/bits.hpp"' "hv may include only"
planted hv/new.cpp '#include "proofs/state/profile.hpp"' "hv may include only"
planted proofs/query/name.cpp '#include <z3++.h>' "only proofs/smt may"
planted proofs/query/name.cpp '#include </usr/include/stdio.h>' "an absolute path"
planted spec/load/wrmsr.cpp 'const char* file = "/home/somebody/dump.txt";' "an absolute path"
planted runtime/cpu/msr.cpp "// TO""DO: later" "unfinished work"
planted tests/unit/new.sh "# FIX""ME" "unfinished work"
