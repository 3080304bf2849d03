#!/usr/bin/env bash
# docstrings.sh HEADER...: every function of the headers says its units, its errors and its place in the SDM.
set -euo pipefail
for header in "$@"; do
    awk -v header="${header##*/}" '
        /^ *\/\/\// { text = text $0; next }
        /^ *template </ { next }
        /^ *(\[\[nodiscard\]\] )?(constexpr|static inline) [^=({]*\(/ {
            ++functions
            if (text !~ /Units: / || text !~ /Errors: / || text !~ /SDM/) {
                print header ":" NR ": a docstring without units, errors or section: " $0
                ++bad
            }
        }
        { text = "" }
        END {
            print header ": " functions " functions"
            exit functions < 2 || bad > 0
        }' "$header"
done
