#!/usr/bin/env bash
# second_opinion.sh VMXSPEC THEOREMS: cvc5, through SMT-LIB 2, proves what Z3 proves of the rules, and refutes what it refutes.
set -euo pipefail
said=$("$1" prove --solver cvc5) || { printf '%s\n' "$said"; exit 1; }
printf '%s\n' "$said"
[[ $said == "$2 theorems: $2 proven, 0 refuted, 0 unknown; 0 not as expected."* ]]
refuted=$("$1" prove --solver cvc5 --only nested/ 2>&1) || { printf '%s\n' "$refuted"; exit 1; }
[[ $refuted == "cvc5 version "*"refuted "*"nested/copied-efer "* ]] || { printf '%s\n' "$refuted"; exit 1; }
without=$(PATH=/nonexistent "$1" prove --solver cvc5 2>&1) && exit 1
[[ $without == "vmxspec: cvc5 is not installed; install the Debian package cvc5." ]] || { printf '%s\n' "$without"; exit 1; }
