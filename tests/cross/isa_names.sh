#!/usr/bin/env bash
# Which instruction set simd/isa.hpp makes of a compiler's flags.
# usage: isa_names.sh SOURCE_DIR
# Exits 77, which ctest counts as skipped, where a compiler is missing.
set -euo pipefail
source=$1

# check NAME COMPILER [FLAG]...
check() {
    local name=$1
    shift
    if ! command -v "$1" >/dev/null; then
        echo "skipped: $1 is not installed"
        exit 77
    fi
    "$@" -std=c++20 -I "$source/include" -fsyntax-only -x c++ - <<EOF
#include <tfm/simd/isa.hpp>
static_assert(tfm::simd::isa_name == "$name", "$name is not what is made of $*");
EOF
}

check sse2_nobf16_novnni_noamx g++ -march=x86-64
check avx2_nobf16_novnni_noamx g++ -march=x86-64-v3
check avx2_nobf16_avxvnni_noamx g++ -march=alderlake
check avx512_nobf16_novnni_noamx g++ -march=x86-64-v4
check avx512_nobf16_vnni_noamx g++ -march=cascadelake
check avx512_bf16_vnni_noamx g++ -march=cooperlake
check avx512_bf16_vnni_amx g++ -march=sapphirerapids
check scalar_nobf16_novnni_noamx g++ -march=sapphirerapids -DTFM_FORCE_SCALAR
# Dot products of AVX-512 without the rest of it.
check avx2_nobf16_novnni_noamx g++ -march=x86-64-v3 -mavx512vnni -mavx512bf16
check avx2_nobf16_avxvnni_noamx g++ -march=alderlake -mavx512vnni

check neon64_nobf16_novnni_noamx aarch64-linux-gnu-g++ -march=armv8-a
check neon64_nobf16_dotprod_noamx aarch64-linux-gnu-g++ -march=armv8.2-a+dotprod
check neon64_bf16_novnni_noamx aarch64-linux-gnu-g++ -march=armv8.2-a+bf16
check neon64_bf16_dotprod_noamx aarch64-linux-gnu-g++ -march=armv8.6-a
check scalar_nobf16_novnni_noamx aarch64-linux-gnu-g++ -march=armv8.6-a -DTFM_FORCE_SCALAR
