#!/usr/bin/env bash
# Compiles and runs what tensors have in common with std::format and std::mdspan, with clang++ 19 and
# libc++, the first of Debian's that have both. Exits 77, which ctest counts as skipped, where they
# are missing.
# usage: use_standard_views.sh SOURCE_DIR SCRATCH_DIR
set -euo pipefail
source=$1 scratch=$2
compiler=(clang++-19 -std=c++23 -stdlib=libc++ -O1 "-I$source/include"
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)

command -v clang++-19 >/dev/null || { echo "skipped: clang++-19 is not installed"; exit 77; }
echo '#include <mdspan>' | "${compiler[@]}" -fsyntax-only -x c++ - 2>/dev/null ||
    { echo "skipped: libc++-19-dev is not installed"; exit 77; }
mkdir -p "$scratch"
"${compiler[@]}" "$source/tests/consumer/standard_views/main.cpp" -o "$scratch/standard_views"
"$scratch/standard_views"
