#!/usr/bin/env bash
# install.sh BUILD SCRATCH: installs into an empty prefix, and there a hypervisor in C and one in C++ build against it,
# outside the tree, with gcc and clang; what goes into a kernel needs nothing but memcpy and memset.
set -euo pipefail
build=$1
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)
prefix=$scratch/prefix
rm -rf "$scratch"
mkdir -p "$scratch"
cp -r "$here" "$scratch/source"

cmake --install "$build" --prefix "$prefix" >"$scratch/install.log"
(cd "$prefix" && find . -type f | sed 's|^\./||' | sort) | diff "$here/installed.txt" - || { echo "other files than expected were installed"; exit 1; }
"$prefix/bin/vmxspec" rule guest.cr0.pg-pe >/dev/null

cmake --install "$build" --prefix "$scratch/headers" --component headers >>"$scratch/install.log"
[[ ! -e $scratch/headers/bin && -e $scratch/headers/include/vmxspec/vmxspec.h ]] || { echo "the component headers is more than headers"; exit 1; }

# example LANGUAGE CMAKE_VARIABLE COMPILER
example() {
    local language=$1 variable=$2 compiler=$3 made=$scratch/$1-$3 needed
    command -v "$compiler" >/dev/null || { echo "$compiler is missing; ./run test installs it"; exit 3; }
    cmake -S "$scratch/source/$language" -B "$made" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" "-D$variable=$compiler" >"$made.log" &&
        cmake --build "$made" >>"$made.log" || { tail -n 30 "$made.log"; exit 1; }
    "$made/example" | diff "$here/expected.txt" - || { echo "$language, $compiler: the example says something else"; exit 1; }
    needed=$(find "$made/CMakeFiles/kernel.dir" -name 'kernel.*.o' -exec nm -u {} + | awk '{print $NF}' | grep -vxE 'memcpy|memset' || true)
    [[ -z $needed ]] || { printf '%s, %s: a kernel would have to provide\n%s\n' "$language" "$compiler" "$needed"; exit 1; }
    # Exceptions and RTTI leave such symbols even where nothing is undefined.
    ! nm "$made"/CMakeFiles/kernel.dir/kernel.*.o | grep -E '_ZTI|_ZTS|_ZTV|__cxa|__gxx|_Unwind' || { echo "$language, $compiler: exceptions or RTTI"; exit 1; }
    echo "$language with $compiler: as expected"
}
example c CMAKE_C_COMPILER gcc
example c CMAKE_C_COMPILER clang-14
example cpp CMAKE_CXX_COMPILER g++
example cpp CMAKE_CXX_COMPILER clang++-14
