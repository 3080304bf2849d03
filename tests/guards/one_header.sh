#!/usr/bin/env bash
# one_header.sh DIRECTORY: vmxspec.hpp is, line by line, the headers that are proven, and nothing else.
set -euo pipefail
cd "$1"
# text HEADER BEGIN: the lines of the namespace; plain comments and empty lines aside.
text() { sed -n "/^namespace $2 {/,/^}  \/\/ namespace $2\$/p" "$1" | grep -vE '^(namespace|}  // namespace) [^ ]*( \{)?$|^// |^$'; }
parts=$(for header in entry_state entry_checks entry_load entry_result vmx_instructions; do text $header.hpp vmxspec::generated; done)
whole=$(text vmxspec.hpp vmxspec)
[[ $(wc -l <<<"$whole") -gt 5000 ]] || { echo "vmxspec.hpp could not be read"; exit 1; }
diff <(printf '%s\n' "$parts") <(printf '%s\n' "$whole") || { echo "vmxspec.hpp differs from the headers that are proven"; exit 1; }
echo "$(wc -l <<<"$whole") lines, the same"
