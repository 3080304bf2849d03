#!/usr/bin/env bash
# digest.sh DIR DIR: the stress guest's digest of what became of CR0, CR4 and IA32_EFER is the same in both runs, of which one
# was bare and one under the hypervisor.
set -euo pipefail
digest() { grep -aoE 'digest [0-9a-f]{16}H' "$1/serial.txt"; }
bare=$(digest "$1")
there=$(digest "$2")
[[ $bare == "$there" ]] || { echo "digest.sh: bare $bare, under the hypervisor $there" >&2; exit 1; }
echo "both have the $bare"
