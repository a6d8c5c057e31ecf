#!/usr/bin/env bash
# Builds and runs the project beside this script as a user of tfm would.
# usage: use_tfm.sh WAY SOURCE_DIR SCRATCH_DIR COMPILER
# WAY: a case of the list at the end.
# Exits 77, which ctest counts as skipped, where the way needs what is not here.
set -euo pipefail
way=$1 source=$2 scratch=$3 compiler=$4
project=$(cd "$(dirname "$0")/project" && pwd)
flags=(-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
rm -rf "$scratch"
mkdir -p "$scratch"

skip() { echo "skipped: $1"; exit 77; }

install_tfm() {
    cmake -S "$source" -B "$scratch/tfm" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
        -DCMAKE_INSTALL_PREFIX="$scratch/installed" -DTFM_BUILD_TESTS=OFF \
        -DTFM_BUILD_APPS=OFF -DTFM_BUILD_EXAMPLES=OFF -DTFM_BUILD_BENCHMARKS=OFF
    cmake --install "$scratch/tfm"
}

build_with_cmake() {
    cmake -S "$project" -B "$scratch/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
        -DCMAKE_BUILD_TYPE=Debug -DWAY="$way" -DTFM_SOURCE="$source" "$@"
    cmake --build "$scratch/build" -j 1
    [ "$way" = any ] || "$scratch/build/consumer"
}

# expect_output PROGRAM PRECISION TEXT: what a program of any/ says of the story model.
expect_output() {
    local output
    output=$("$scratch/build/$1" "$source/examples/models/tales" "$2")
    echo "$1, $2: $output"
    [[ $output == *"$3"* ]] || { echo "expected '$3'" >&2; exit 1; }
}

build_by_hand() {
    "$compiler" "${flags[@]}" "$@" -DALONE "$project/main.cpp" -o "$scratch/consumer"
    "$scratch/consumer"
}

compile() {
    "$compiler" "${flags[@]}" -I "$source/include" "${@:2}" -c "$project/$1.cpp" -o "$scratch/$1.o"
}

case $way in
    find_package)
        install_tfm
        build_with_cmake -DCMAKE_PREFIX_PATH="$scratch/installed" ;;
    add_subdirectory)
        build_with_cmake ;;
    compiled)
        build_with_cmake
        if message=$(compile other_unit -DTFM_COMPILED=omp_throws_unchecked 2>&1); then
            echo "expected other switches than the library's not to compile" >&2
            exit 1
        fi
        grep -q "tfm::compiled was built with other switches" <<<"$message" ;;
    fetch_content)
        command -v git >/dev/null || skip "git is not installed"
        git -c safe.directory='*' -C "$source" rev-parse -q --verify HEAD >/dev/null 2>&1 ||
            skip "the source is no git repository with a commit"
        # Somebody else may own the checkout.
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
        build_with_cmake ;;
    any)
        install_tfm
        project=$(dirname "$project")/any
        build_with_cmake -DCMAKE_PREFIX_PATH="$scratch/installed" -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DTFM_FORMS=gelu_tanh -DTFM_PRECISIONS="fp32;int8"
        # What transformers continues with.
        expect_output consumer fp32 "11 582 259 930 366 2913"
        expect_output consumer int8 "11 582 259 930 366 2913"
        expect_output dispatched fp32 "11 582 259 930 366 2913"
        TFM_MAX_ISA=x86-64 expect_output dispatched fp32 "11 582 259 930 366 2913"
        TFM_MAX_ISA=none expect_output dispatched fp32 "found 'none'"
        expect_output consumer bf16 "expected one that this program links (fp32, int8), found bf16" ;;
    pkg_config)
        command -v pkg-config >/dev/null || skip "pkg-config is not installed"
        install_tfm
        export PKG_CONFIG_PATH="$scratch/installed/share/pkgconfig"
        read -ra found <<<"$(pkg-config --cflags tfm)"
        build_by_hand "${found[@]}" -DEXPECTED_VERSION="\"$(pkg-config --modversion tfm)\"" ;;
    include_path)
        build_by_hand -I "$source/include" ;;
    single_header)
        # From another folder and with other hash seeds the same bytes must come out.
        (cd / && PYTHONHASHSEED=1 python3 "$source/tools/amalgamate.py" "$source/include" "$scratch/first.hpp")
        (cd "$source" && PYTHONHASHSEED=2 python3 tools/amalgamate.py include "$scratch/single/tfm/tfm.hpp")
        cmp "$scratch/first.hpp" "$scratch/single/tfm/tfm.hpp"
        build_by_hand -I "$scratch/single" ;;
    mixed_flags)
        grep -qw avx2 /proc/cpuinfo || skip "needs a CPU with AVX2"
        compile main -march=x86-64 -DMIXED_FLAGS
        compile other_unit -march=x86-64-v3 -fopenmp -DNDEBUG
        compile without_exceptions -march=x86-64-v2 -fno-exceptions -fno-rtti
        # The linker keeps the first definition of what several units define.
        "$compiler" "$scratch"/{other_unit,without_exceptions,main}.o -fopenmp -o "$scratch/consumer"
        "$scratch/consumer" ;;
    warnings)
        [ "$(uname -m)" = x86_64 ] || skip "compiles for x86-64"
        # As most users compile, where compilers look for most: optimised, for the vector units whose
        # intrinsics GCC 12 warns of, and not as a system's header.
        flags=(-std=c++20 -O2 -Wall -Wextra -Werror)
        for isa in native icelake-server sapphirerapids; do
            compile kernels -march="$isa"
        done ;;
    *)
        echo "use_tfm.sh: unknown way '$way'" >&2
        exit 2 ;;
esac
