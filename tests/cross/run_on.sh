#!/usr/bin/env bash
# Cross-compiles programs of the tests and runs them under qemu: a tiny model whose logits must be
# PyTorch's, and on 64-bit Arm each kernel against PyTorch and what is computed with bf16 and int8. No
# more, since xsimd 8 for NEON costs g++ some 10 seconds a unit.
# usage: run_on.sh TARGET SOURCE_DIR SELECTOR.cpp SCRATCH_DIR
# TARGET: aarch64 (NEON), aarch64_dot (with dot products of int8 and bf16), i686 (32 bits, no vector
# unit), or scalar (this machine, TFM_FORCE_SCALAR).
# Exits 77, which ctest counts as skipped, where a compiler or qemu is missing.
set -euo pipefail
export OMP_WAIT_POLICY=passive
target=$1 source=$2 selector=$3 scratch=$4
flags=(-std=c++20 -O1 -fopenmp -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
googletest=/usr/src/googletest/googletest

skip() { echo "skipped: $1"; exit 77; }
need() { command -v "$1" >/dev/null || skip "$1 (Debian's $2) is not installed"; }

tests=()
case $target in
    aarch64 | aarch64_dot)
        need aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
        need qemu-aarch64 qemu-user
        compiler=aarch64-linux-gnu-g++
        cpu=cortex-a53 # without dot products
        tests=(kernels/pytorch cross/atoms)
        if [ "$target" = aarch64_dot ]; then
            cpu=max
            flags+=(-march=armv8.2-a+dotprod+bf16)
            tests=(cross/atoms kernels/matmul_reduced kernels/quantize)
        fi
        run=(qemu-aarch64 -cpu $cpu -L /usr/aarch64-linux-gnu) ;;
    i686)
        need i686-linux-gnu-g++ g++-i686-linux-gnu
        need qemu-i386 qemu-user
        compiler=i686-linux-gnu-g++
        # One thread: the threads of qemu 7's i386 share what should be their own, and hang.
        run=(qemu-i386 -E OMP_THREAD_LIMIT=1 -L /usr/i686-linux-gnu) ;;
    scalar)
        compiler=g++
        flags+=(-DTFM_FORCE_SCALAR)
        run=(env) ;;
    *)
        echo "run_on.sh: expected aarch64, aarch64_dot, i686 or scalar, found '$target'" >&2
        exit 2 ;;
esac

# The headers that do not depend on the processor, without those beside them that do.
rm -rf "$scratch"
mkdir -p "$scratch/include"
for header in /usr/include/{xsimd,rapidjson,nlohmann,gtest}; do
    [ -d "$header" ] || skip "$header is not there"
    ln -s "$header" "$scratch/include"
done
flags+=(-I "$source/include" -isystem "$scratch/include" "-DTFM_TEST_DATA=\"$source/tests/data\"")

# The model's weights are fp32, which dot products do not change.
if [ "$target" != aarch64_dot ]; then
    "$compiler" "${flags[@]}" -I "$source/tests/consumer/dispatch" \
        -DTFM_DISPATCH_SUFFIX=baseline '-DTFM_DISPATCH_LEVEL="baseline"' \
        "$source/tests/consumer/dispatch/main.cpp" "$source/tests/consumer/dispatch/tiny_model.cpp" \
        "$selector" -o "$scratch/tiny_model"
    "${run[@]}" "$scratch/tiny_model" "$source/tests/data/gpt2/heads3_width36"
fi

# What 32 bits narrow, in the headers that the tiny model does not use.
if [ $target = i686 ]; then
    echo '#include <tfm/tfm.hpp>' | "$compiler" "${flags[@]}" -fsyntax-only -x c++ -
fi

[ ${#tests[@]} -gt 0 ] || exit 0
[ -d "$googletest" ] || skip "$googletest (Debian's googletest) is not installed"
for name in gtest-all gtest_main; do
    "$compiler" -O0 -I "$googletest" -I "$googletest/include" -c "$googletest/src/$name.cc" \
        -o "$scratch/$name.o"
done
for test in "${tests[@]}"; do
    "$compiler" "${flags[@]}" "$source/tests/${test}_test.cpp" "$scratch"/gtest*.o \
        -o "$scratch/${test##*/}"
    "${run[@]}" "$scratch/${test##*/}" --gtest_brief=1
done
