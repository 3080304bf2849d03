# awk -f said.awk bochs.log trace.txt: the trace, and behind each "at" line what Bochs wrote into its log during that
# VM entry: lines "said TEXT" (README.md). Bochs begins a line with its tick, which is what RDTSC reads. A trace that
# ends within a vector is of a machine that did not come back: what Bochs wrote last belongs to that vector.

function hexadecimal(digits, value, n) {
    value = 0
    for (n = 1; n <= length(digits); ++n) value = value * 16 + index("0123456789abcdef", substr(digits, n, 1)) - 1
    return value
}

# The messages from `tick` on that were written up to `last`; a dead machine may have written millions.
function tell(last, told) {
    for (told = 0; next_one <= count && tick[next_one] <= last; ++next_one)
        if (++told <= 4) print "said " text[next_one]
}

BEGIN { next_one = 1 }

FNR == NR {
    if (!match($0, /^[0-9]+[ep]\[CPU0 +\] /)) next
    said = substr($0, RLENGTH + 1)
    sub(/^>>PANIC<< /, "", said)
    # What Bochs says of a VM entry, and not of an instruction or of the registers of a machine that stops.
    if (said !~ /^(VMFAIL|VMENTER|VMX (Load|Store)MSRs|VMABORT|FAIL: VMCS)/) next
    tick[++count] = $0 + 0
    text[count] = substr(said, 1, 150)
    next
}

{ print }
$1 == "vector" { open = 1 }
$1 == "outcome" { open = 0 }
$1 == "at" {
    first = hexadecimal($2)
    while (next_one <= count && tick[next_one] < first) ++next_one
    tell(hexadecimal($3))
}
END { if (open) tell(tick[count]) }
