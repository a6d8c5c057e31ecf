#!/usr/bin/env bash
# Compiles tfm as a C++20 module with clang++ 19, the first of Debian's compilers that can, and a
# program that imports it. Exits 77, which ctest counts as skipped, where there is none.
# usage: use_module.sh SOURCE_DIR SCRATCH_DIR
set -euo pipefail
source=$1 scratch=$2
compiler=(clang++-19 -std=c++20 -O1 -march=native "-I$source/include")

command -v clang++-19 >/dev/null || { echo "skipped: clang++-19 is not installed"; exit 77; }
rm -rf "$scratch"
mkdir -p "$scratch"
"${compiler[@]}" --precompile "$source/modules/tfm.cppm" -o "$scratch/tfm.pcm"
"${compiler[@]}" "-fmodule-file=tfm=$scratch/tfm.pcm" "$source/tests/consumer/module/main.cpp" \
    "$scratch/tfm.pcm" -o "$scratch/story"
"$scratch/story" "$source/examples/models/tales" | tee "$scratch/story.txt"
grep -q "^Once upon a time ." "$scratch/story.txt"
