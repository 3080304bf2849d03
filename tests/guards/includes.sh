#!/usr/bin/env bash
# includes.sh [ROOT]: the arrows of the architecture, and what no source may hold. Prints each breach; exit 1 if there is one.
#
#   spec <- spec, proofs, gen      runtime <- runtime, hv      generated <- proofs, hv      z3: proofs/smt only
set -euo pipefail
cd "${1:-.}"

named='["<]([^">]+)[">]'
breaches=0
breach() {
    printf '%s\n' "$1"
    breaches=$((breaches + 1))
}

# found FOLDER... -- GREP ARGUMENT...: matching lines of the sources below the folders, as file:text.
found() {
    local folders=()
    while [[ $1 != -- ]]; do
        [[ -d $1 ]] && folders+=("$1")
        shift
    done
    shift
    [[ ${#folders[@]} -eq 0 ]] ||
        grep -rIHE --include='*.cpp' --include='*.hpp' --include='*.h' --include='*.c' --include='*.inc' --include='*.S' --include='*.in' --include='*.jinja' "$@" "${folders[@]}" || true
}

# may FOLDER TARGET...: files below FOLDER include project files only below the targets.
may() {
    local folder=$1 line file target prefix allowed
    shift
    while IFS= read -r line; do
        file=${line%%:*}
        [[ ${line#*:} =~ $named ]] && target=${BASH_REMATCH[1]}
        allowed=no
        # A file beside the including one is of the same folder: the generated headers include each other so.
        [[ $target != */* && ($file == gen/templates/* || -e ${file%/*}/$target) ]] && allowed=yes
        for prefix in "$@"; do [[ $target == "$prefix"* ]] && allowed=yes; done
        [[ $allowed == yes ]] || breach "$file includes $target: $folder may include only $*"
        # A project file between angle brackets is an arrow too.
    done < <(found "$folder" -- '^\s*#\s*include\s*("[^/]|<(spec|gen|proofs|runtime|hv|tests|vmxspec)/)')
}

may spec spec/
may runtime runtime/
may gen/emit spec/ gen/
may gen/templates vmxspec/generated/
may proofs spec/ proofs/ vmxspec/generated/
may hv runtime/ hv/ vmxspec/generated/

all=(spec gen proofs runtime hv tests)

while IFS= read -r line; do
    [[ $line == proofs/smt/* ]] || breach "${line%%:*} includes Z3: only proofs/smt may"
done < <(found "${all[@]}" -- '^\s*#\s*include\s*[<"]z3')

while IFS= read -r line; do
    breach "$line: an absolute path"
done < <(found "${all[@]}" -- '#\s*include\s*[<"]/|"/(home|tmp|root|work|usr/include)/')

# Written apart, so that this file does not hold them.
words="TO""DO|FIX""ME|XX""X"
while IFS= read -r line; do
    breach "$line: unfinished work has no place in the sources"
done < <(for folder in "${all[@]}"; do [[ ! -d $folder ]] || grep -rIHwE "$words" "$folder" || true; done)

exit $((breaches > 0))
