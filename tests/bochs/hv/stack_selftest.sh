#!/usr/bin/env bash
# stack_selftest.sh: stack.awk counts a disassembly whose answer is known, and refuses what it can't count.
set -euo pipefail

awk_file=$(dirname -- "$0")/stack.awk
count() { awk -v from="$1" -f "$awk_file"; }
code='
0000000000000010 <from>:
  10:	push   %rbp
  11:	sub    $0x18,%rsp
  12:	call   20 <callee>
  13:	jmp    13 <from+0x3>
  14:	jmp    30 <tail>
0000000000000020 <callee>:
  20:	add    $0xffffffffffffff80,%rsp
  21:	call   *(%rdx,%rax,8)
  22:	sub    $0xffffffffffffff80,%rsp
  23:	ret
0000000000000030 <tail>:
  30:	sub    $0x20,%rsp
  31:	ret
0000000000000040 <handler>:
  40:	push   %rbx
  41:	ret'
# 8 + 24, a return address, 128, a return address, 8.
said=$(count from <<<"pointed handler$code")
[[ $said == "184 from(32) > callee(128) > handler(8)" ]] || { echo "stack.awk says \"$said\"" >&2; exit 1; }
refused() {
    local said
    if said=$(count from) || [[ $said != *"$1"* ]]; then
        echo "stack.awk says \"$said\", not \"$1\"" >&2
        exit 1
    fi
}
refused 'callee calls itself' <<<"$code"$'\n42:\tret\n0000000000000020 <callee>:\n  24:\tcall   20 <callee>'
refused 'no constant' <<<"$code"$'\n  42:\tsub    %rax,%rsp'
refused 'is not there' <<<"${code//<from>/<other>}"
