#!/usr/bin/env bash
# pointers.sh HV: where the relocated pointers of a position-independent kernel lie and what they point to: lines
# "PLACE VALUE", both in decimal, linked addresses. The last word of the section of relocations is none: kernel.ld puts the address there
# for which the kernel is linked.
set -euo pipefail

hv=$1
{
    readelf -rW "$hv" | sed -nE 's/^([0-9a-f]{16})$/place \1/p' | sed '$d'
    objdump -s -j .data.rel.ro -j .data -j .rodata "$hv" | sed -nE 's/^ ([0-9a-f]+) (([0-9a-f]{2,8} ){1,4}).*/bytes \1 \2/p'
} | awk '
function hex(digits,    n, value) {
    value = 0
    for (n = 1; n <= length(digits); ++n) value = value * 16 + index("0123456789abcdef", substr(digits, n, 1)) - 1
    return value
}
$1 == "place" { place[++places] = hex($2) }
$1 == "bytes" {
    address = hex($2)
    text = $3 $4 $5 $6
    for (n = 1; n + 1 <= length(text); n += 2) byte[address++] = substr(text, n, 2)
}
END {
    for (k = 1; k <= places; ++k) {
        digits = ""
        for (n = 7; n >= 0; --n) digits = digits byte[place[k] + n]
        if (length(digits) != 16) {
            print "pointers.sh: the pointer at " place[k] " is in no section that is known" > "/dev/stderr"
            exit 1
        }
        print place[k], hex(digits)
    }
}'
