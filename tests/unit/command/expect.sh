# Sourced by the tests of the command: `expect` runs it and compares.
#
#   expect NAME CODE STDOUT STDERR -- [ARGUMENT]...     with the exit code, and extended regular expressions that are
#                                                       found in the whole output; "" means that nothing was written
# Standard input is the file in $input. `vmxspec` is in $VMXSPEC, the fixtures are in $FIXTURES.
set -euo pipefail
: "${VMXSPEC:?}" "${FIXTURES:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
input=/dev/null
unset COLUMNS NO_COLOR  # the width and the colours of who runs the tests are not the output's
failures=0
count=0

matches() {
    local text=$1 pattern=$2
    if [[ -z $pattern ]]; then [[ -z $text ]]; else [[ $text =~ $pattern ]]; fi
}

expect() {
    local name=$1 code=$2 out=$3 err=$4 got=0 said told
    shift 5
    count=$((count + 1))
    "$VMXSPEC" "$@" <"$input" >"$scratch/out" 2>"$scratch/err" || got=$?
    said=$(<"$scratch/out")
    told=$(<"$scratch/err")
    if [[ $got -ne $code ]] || ! matches "$said" "$out" || ! matches "$told" "$err"; then
        printf -- '--- %s: vmxspec %s\nexpected exit code %s, stdout /%s/, stderr /%s/; exit code %s\nstdout: %s\nstderr: %s\n' \
            "$name" "$*" "$code" "$out" "$err" "$got" "$said" "$told"
        failures=$((failures + 1))
    fi
}

# refused NAME WORDS -- [ARGUMENT]...: exit code 3, one line on stderr that is one sentence with the words, nothing on stdout.
refused() {
    local name=$1 words=$2 told before=$failures
    shift 3
    expect "$name" 3 "" "$words" -- "$@"
    told=$(<"$scratch/err")
    if [[ $failures -eq $before ]] && [[ $(wc -l <"$scratch/err") -ne 1 || ! $told =~ ^vmxspec:\ .*[.?]$ || $told =~ internal\ error ]]; then
        printf -- '--- %s: vmxspec %s\nno sentence for its user: %s\n' "$name" "$*" "$told"
        failures=$((failures + 1))
    fi
}

# lines NUMBER [PATTERN]: the last output has so many lines (with the pattern).
lines() {
    local got
    count=$((count + 1))
    got=$(grep -cE -- "${2:-}" "$scratch/out" || true)
    [[ $got -eq $1 ]] || {
        printf -- '--- expected %s lines /%s/, got %s\n' "$1" "${2:-}" "$got"
        failures=$((failures + 1))
    }
}

finish() {
    echo "$count comparisons, $failures failed"
    [[ $failures -eq 0 && $count -gt 0 ]]
}
