#!/usr/bin/env bash
# Builds the project in dispatch/ on an installed tfm, and runs it where each instruction set is the
# best, by TFM_MAX_ISA on this CPU and under qemu on CPUs that lack the others.
# usage: use_dispatch.sh build SOURCE_DIR SCRATCH_DIR COMPILER
#        use_dispatch.sh qemu SOURCE_DIR SCRATCH_DIR COMPILER     after `build`
# Exits 77, which ctest counts as skipped, where something needed is not here.
set -euo pipefail
step=$1 source=$2 scratch=$3 compiler=$4
here=$(cd "$(dirname "$0")" && pwd)
model=$source/tests/data/gpt2/heads3_width36
program=$scratch/build/dispatched
levels=(x86-64 x86-64-v3 x86-64-v4 sapphirerapids)

skip() { echo "skipped: $1"; exit 77; }
fail() { echo "use_dispatch.sh: $1" >&2; exit 1; }

[ "$(uname -sm)" = "Linux x86_64" ] || skip "needs x86-64 Linux"

build() {
    rm -rf "$scratch"
    cmake -S "$source" -B "$scratch/tfm" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
        -DCMAKE_INSTALL_PREFIX="$scratch/installed" -DTFM_BUILD_TESTS=OFF \
        -DTFM_BUILD_APPS=OFF -DTFM_BUILD_EXAMPLES=OFF -DTFM_BUILD_BENCHMARKS=OFF
    cmake --install "$scratch/tfm"
    cmake -S "$here/dispatch" -B "$scratch/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
        -DCMAKE_PREFIX_PATH="$scratch/installed"
    cmake --build "$scratch/build" -j 1
}

# No two instruction sets define a symbol that the linker would take from one of them for both.
expect_nothing_shared() {
    local objects=("$scratch"/build/dispatched_tfm_dispatch_*.o) shared
    [ ${#objects[@]} -eq ${#levels[@]} ] || fail "expected ${#levels[@]} objects, found ${objects[*]}"
    shared=$(for object in "${objects[@]}"; do
        nm --extern-only --defined-only --format=posix "$object" | cut -d ' ' -f 1
    done | sort | uniq -d)
    [ -z "$shared" ] || fail "defined for several instruction sets: $shared"
}

# expect_refusal MESSAGE CODE: objects of this code are not isolated, for a reason that matches.
expect_refusal() {
    local name=$scratch/refused
    echo "extern \"C\" { extern const int table; const int table = 1; } $2" >"$name.cpp"
    "$compiler" -c "$name.cpp" -o "$name.o"
    if cmake -DOBJECTS="$name.o" -DOUTPUT="$name.isolated.o" -DSYMBOL=table -DLINKER=ld.bfd \
        -DOBJCOPY=objcopy -DNM=nm -DREADELF=readelf \
        -P "$scratch/installed/share/cmake/tfm/TfmIsolateObjects.cmake" 2>"$scratch/error"; then
        fail "expected a refusal of: $2"
    fi
    # CMake breaks its messages into lines.
    tr -s '[:space:]' ' ' <"$scratch/error" | grep -q "$1" ||
        fail "expected '$1', found $(cat "$scratch/error")"
}

expect_refusals() {
    expect_refusal "section .init_array" "int f(); int at_start_up = f();"
    # Unique in a process, which objcopy does not make local; units are compiled without such.
    expect_refusal "only_one u" "__asm__(\".data\\n.globl only_one\\n.type only_one, @gnu_unique_object\\n\"
        \"only_one: .long 0\\n.size only_one, 4\\n.text\");"
}

# expect LEVEL COMMAND...: the program chooses it and computes what PyTorch did.
expect() {
    local output
    output=$("${@:2}" "$program" "$model" 2>"$scratch/error") ||
        fail "${*:2}: exit status $?: $output $(cat "$scratch/error")"
    printf '%s\n' "${*:2}" "$output"
    [ "$(head -n 1 <<<"$output")" = "$1" ] || fail "${*:2}: expected $1"
}

# What the C library finds of this CPU, which says nothing of AMX.
runs() {
    case $1 in
        sapphirerapids) grep -qw amx_int8 /proc/cpuinfo ;;
        *) /lib64/ld-linux-x86-64.so.2 --help | grep -q "^ *$1 (supported" ;;
    esac
}

natively() {
    local best=x86-64 status=0
    expect x86-64 env TFM_MAX_ISA=x86-64
    for level in "${levels[@]:1}"; do
        ! runs "$level" || best=$level
        expect "$best" env TFM_MAX_ISA="$level"
    done
    expect "$best" env -u TFM_MAX_ISA
    env TFM_MAX_ISA=avx9000 "$program" "$model" 2>"$scratch/error" || status=$?
    if [ $status != 2 ] || ! grep -q "TFM_MAX_ISA: expected .* found 'avx9000'" "$scratch/error"; then
        fail "TFM_MAX_ISA=avx9000: expected an error that names it, found $(cat "$scratch/error")"
    fi
}

under_qemu() {
    command -v qemu-x86_64 >/dev/null || skip "qemu-x86_64 (Debian's qemu-user) is not installed"
    # An instruction that a CPU lacks must be fatal here, or what follows would show nothing.
    echo 'int main() { __asm__ volatile("vpxor %ymm0, %ymm0, %ymm0"); }' >"$scratch/avx2.cpp"
    "$compiler" "$scratch/avx2.cpp" -o "$scratch/avx2"
    if (qemu-x86_64 -cpu Nehalem "$scratch/avx2") 2>/dev/null; then fail "qemu runs AVX2 on a Nehalem"; fi
    expect x86-64 qemu-x86_64 -cpu qemu64     # SSE3
    expect x86-64 qemu-x86_64 -cpu Nehalem    # x86-64-v2
    expect x86-64 qemu-x86_64 -cpu max,avx2=off
    expect x86-64-v3 qemu-x86_64 -cpu Haswell
    expect x86-64 qemu-x86_64 -E TFM_MAX_ISA=x86-64 -cpu Haswell
}

case $step in
    build)
        build
        expect_nothing_shared
        expect_refusals
        natively ;;
    qemu)
        under_qemu ;;
    *)
        fail "expected build or qemu, found '$step'" ;;
esac
