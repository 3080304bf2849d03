# The most stack that code of a kernel may use, from its disassembly (objdump -d --no-show-raw-insn) and, before it, lines
# "pointed NAME" for functions that tables point to:
#   awk -v from=FUNCTION -f stack.awk
# prints "BYTES chain of functions". Each function counts with all that it ever pushes and subtracts, a call with its return
# address. An indirect call may lead to each function that a table points to, and from there to another, three times.
# Exit code: 1 a function calls itself, moves RSP by what is no constant, or FROM is missing.

BEGIN { most_indirect = 3 }
$1 == "pointed" { pointed[$2] = 1; next }
/^[0-9a-f]+ <.*>:$/ {
    name = $2
    sub(/^</, "", name)
    sub(/>:$/, "", name)
    known[name] = 1
    next
}
name == "" { next }
{
    sub(/^ *[0-9a-f]+:[ \t]*/, "")
    instruction = $1
}
instruction ~ /^push/ { frame[name] += 8 }
(instruction == "sub" || instruction == "add") && /,%rsp$/ {
    if (!match($0, /\$0x[0-9a-f]+,/)) bad = bad name ": " $0 "\n"
    else {
        digits = substr($0, RSTART + 3, RLENGTH - 4)
        negative = length(digits) == 16
        bytes = negative ? complement(digits) : hex(digits)
        if (negative == (instruction == "add")) frame[name] += bytes
    }
}
instruction ~ /^(call|jmp|j[a-z]+)$/ {
    if ($2 ~ /^\*/) {
        if (instruction == "call") indirect[name] = 1
        else tail_indirect[name] = 1
    } else if (match($0, /<[^>]*>?/)) {
        target = substr($0, RSTART + 1)
        sub(/>[^>]*$/, "", target)
        sub(/\+0x[0-9a-f]+$/, "", target)
        if (target != name || instruction == "call") edges[name] = edges[name] (edges[name] == "" ? "" : SUBSEP) (instruction == "call" ? "c" : "j") target
    }
}
END {
    if (bad != "") {
        printf "RSP is moved by what is no constant:\n%s", bad
        exit 1
    }
    if (!(from in known)) {
        print from " is not there"
        exit 1
    }
    bytes = depth(from, most_indirect)
    if (failed) exit 1
    print bytes " " chain[from, most_indirect]
}
function hex(digits,    n, value) {
    value = 0
    for (n = 1; n <= length(digits); ++n) value = value * 16 + index("0123456789abcdef", substr(digits, n, 1)) - 1
    return value
}
# Of a negative number of 64 bits, its size.
function complement(digits,    n, flipped) {
    flipped = ""
    for (n = 9; n <= 16; ++n) flipped = flipped substr("fedcba9876543210", index("0123456789abcdef", substr(digits, n, 1)), 1)
    return hex(flipped) + 1
}
function better(name, left, target, target_left, more,    bytes) {
    bytes = more + depth(target, target_left)
    if (bytes > below[name, left]) {
        below[name, left] = bytes
        chain[name, left] = chain[target, target_left]
    }
}
# By value, for awk's arrays are not.
function depth(name, left,    count, n, list, edge, target) {
    if ((name, left) in total) return total[name, left]
    if ((name, left) in active) {
        print name " calls itself"
        failed = 1
        return 0
    }
    active[name, left] = 1
    below[name, left] = 0
    chain[name, left] = ""
    count = split(edges[name], list, SUBSEP)
    for (n = 1; n <= count; ++n) {
        target = substr(list[n], 2)
        better(name, left, target, left, substr(list[n], 1, 1) == "c" ? 8 : 0)
    }
    if ((name in indirect || name in tail_indirect) && left > 0)
        for (target in pointed) better(name, left, target, left - 1, name in indirect ? 8 : 0)
    delete active[name, left]
    chain[name, left] = name "(" frame[name] + 0 ")" (chain[name, left] == "" ? "" : " > " chain[name, left])
    total[name, left] = frame[name] + below[name, left]
    return total[name, left]
}
