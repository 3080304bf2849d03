#!/usr/bin/env bash
# size.sh HV MAP LIMIT: how large the hypervisor is, part by part, from the linker's map. Code and data, but for hv/nested, are at most
# LIMIT bytes; memory that no file holds (.bss) is stated apart. Exit code: 1 they are more.
set -euo pipefail

hv=$1 map=$2 limit=$3
awk -v limit="$limit" '
function hex(digits,    n, value) {
    value = 0
    for (n = 1; n <= length(digits); ++n) value = value * 16 + index("0123456789abcdef", substr(digits, n, 1)) - 1
    return value
}
# Sections: name, type, address, offset, size, entry size, flags.
FNR == NR {
    if ($0 ~ /^ *\[ *[0-9]+\] \./) {
        sub(/^ *\[ *[0-9]+\] /, "")
        if ($0 ~ / [WXMS]*A[WXMS]* +[0-9]+ +[0-9]+ +[0-9]+$/) {
            if ($2 == "NOBITS") bss += hex($5)
            else all += hex($5)
        }
    }
    next
}
/^Linker script and memory map/ { mapped = 1 }
!mapped { next }
# A long name of a section has a line of its own.
/^ \.[^ ]+$/ { section = $1; next }
{
    if ($0 ~ /^ \.[^ ]+ +0x/) { section = $1; place = 2 }
    else if ($0 ~ /^ +0x[0-9a-f]+ +0x[0-9a-f]+ [^ ]+$/) place = 1
    else next
    if ($place !~ /^0x0*[1-9a-f]/ || section ~ /^\.(bss|comment|note|debug|symtab|strtab|shstrtab)/) next
    file = $(place + 2)
    part = file ~ /\/nested\// ? "VMX for the guest (hv/nested)" : section ~ /generated/ || file ~ /vmxspec_check|\/check\/|entry_check/ ? "the generated checks (hv/check)" : file ~ /vmxspec_runtime/ ? "the runtime" : file ~ /\/l1\/exit|\/l1\/(instruction|nmi|event)\./ ? "VM exits (hv/l1/exit*)" : file ~ /\/l1\/(guest|multiboot|linux)/ ? "loading a guest (hv/l1/guest, multiboot*, linux*)" : file ~ /\/l1\// ? "the rest of the hypervisor (hv/l1)" : "what is beside"
    size[part] += hex(substr($(place + 1), 3))
}
END {
    for (part in size) {
        printf "  %-52s %9d bytes\n", part, size[part] | "sort"
        told += size[part]
    }
    close("sort")
    nested = size["VMX for the guest (hv/nested)"] + 0
    printf "code and data: %d bytes (at most %d), %s.bss: %d bytes\n", all - nested, limit, nested ? "and hv/nested " nested " bytes; " : "", bss
    exit all - nested > limit || all < 50000 || told < all * 0.9 || told > all * 1.1
}' <(readelf -SW "$hv" 2>/dev/null) "$map"
