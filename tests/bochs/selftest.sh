#!/usr/bin/env bash
# selftest.sh EXPECTED DIR OPTION ...: runs `bochs.sh --out DIR OPTION ...` with the self-test kernel, which ends
# with an exception report, and looks for each line of EXPECTED, and for the report's registers, on COM1.
# Exit code: 0 all found, 1 not so.
set -euo pipefail

expected=$1
dir=$2
shift 2

code=0
bash "$(dirname -- "$0")/bochs.sh" --out "$dir" "$@" 2>"$dir.said" || code=$?
if ((code != 3)) || ! grep -qF 'the kernel said "exception 14 #PF' "$dir.said"; then
    cat "$dir.said" >&2
    echo "selftest.sh: bochs.sh ended with $code, expected 3 and a page fault." >&2
    exit 1
fi

wrong=0
while read -r line; do
    grep -aqxF -- "$line" "$dir/serial.txt" || {
        echo "selftest.sh: COM1 has no line \"$line\"." >&2
        wrong=1
    }
done <"$expected"
for register in 'cr2 0000000140000000' 'rdx 0123456789abcdef' 'cs  0000000000000008'; do
    grep -aqF -- "$register" "$dir/serial.txt" || {
        echo "selftest.sh: the report has no \"$register\"." >&2
        wrong=1
    }
done
exit "$wrong"
