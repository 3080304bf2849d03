#!/usr/bin/env bash
# Every C++ and C source is as clang-format 14 leaves it. To mend: git ls-files '*.cpp' '*.hpp' '*.c' '*.h' | xargs clang-format-14 -i
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v clang-format-14 >/dev/null || { echo "style: clang-format-14 is missing; ./run test installs it." >&2; exit 3; }
mapfile -t files < <(find spec gen proofs runtime hv tests \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) -print | sort)
[[ ${#files[@]} -gt 0 ]] || { echo "style: no sources were found" >&2; exit 3; }
clang-format-14 --dry-run -Werror "${files[@]}"
echo "${#files[@]} files are laid out as .clang-format says"
