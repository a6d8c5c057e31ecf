#!/usr/bin/env python3
"""Checks that register tiles hold their sums in registers.

usage: hot_loops.py COMPILER INCLUDE_DIR

Compiles the atoms at -O3 for each instruction set that has a step of its own, disassembles their
tiles, and fails where an innermost loop that multiplies stores a vector, or loads one from the stack:
nothing but inputs and weights should pass between such a loop and memory. Exits 77, which ctest counts
as skipped, without objdump and where the compiler makes no code for x86-64.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = """
#include <tfm/simd/atoms/bf16.hpp>
#include <tfm/simd/atoms/fp32.hpp>
#include <tfm/simd/atoms/int16.hpp>
#include <tfm/simd/atoms/int8.hpp>

template <class Atom>
inline constexpr auto multiply = &Atom::multiply;

extern const decltype(multiply<tfm::simd::Fp32Atom>) fp32 = multiply<tfm::simd::Fp32Atom>;
extern const decltype(multiply<tfm::simd::Bf16Atom>) bf16 = multiply<tfm::simd::Bf16Atom>;
extern const decltype(multiply<tfm::simd::Int8Atom>) int8 = multiply<tfm::simd::Int8Atom>;
#if TFM_WIDENS_INT8
extern const decltype(multiply<tfm::simd::Int16Atom>) int16 = multiply<tfm::simd::Int16Atom>;
#endif
"""


# With a step of their own for one element type or another.
FLAGS = ["-march=x86-64-v3", "-march=x86-64-v3 -mavxvnni", "-march=icelake-server",
         "-march=sapphirerapids"]

MULTIPLIES = re.compile(r"vfn?madd|vpdpbusd|vdpbf16ps|vpmadd")
VECTOR = re.compile(r"%[xyz]mm")
STACK = "(%rsp"
JUMP = re.compile(r"j\w+\s+([0-9a-f]+) ")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
TILE = re.compile(r"RegisterAtom<.*::(\w+Step)>::tile<(\d+), (\d+)>\(")


def functions(listing):
    """(name, [(address, text)]) of each function of a disassembly."""
    name, body = None, []
    for line in listing.splitlines():
        if begin := FUNCTION.match(line):
            if name:
                yield name, body
            name, body = begin[1], []
        elif at := INSTRUCTION.match(line):
            body.append((int(at[1], 16), at[2]))
    if name:
        yield name, body


def innermost_loops(body):
    """The instructions between a jump backwards and its target that enclose no other such pair.
    A pair with a return between them is no loop: code laid out behind the function's end."""
    loops = []
    for address, text in body:
        jump = JUMP.match(text)
        if jump and (begin := int(jump[1], 16)) <= address:
            loop = [(a, t) for a, t in body if begin <= a <= address]
            if not any(t.startswith("ret") for _, t in loop):
                loops.append(loop)
    for loop in loops:
        if not any(other is not loop and set(other) < set(loop) for other in loops):
            yield [text for _, text in loop]


def spills(loop):
    """The instructions of a loop that keep vectors in memory: the target of one stands last."""
    code = [text.split("#")[0].strip() for text in loop]
    return [text for text in code
            if VECTOR.search(text) and (text.endswith(")") or STACK in text)]


def check(compiler, include, flags):
    """Prints what it finds in the code for one instruction set; returns the number of bad loops."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "atoms.cpp"
        source.write_text(SOURCE)
        subprocess.run([compiler, "-std=c++20", "-O3", *flags.split(), f"-I{include}", "-c", source,
                        "-o", source.with_suffix(".o")], check=True)
        listing = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", source.with_suffix(".o")],
                                 check=True, capture_output=True, text=True).stdout
    bad = 0
    seen = {}
    for name, body in functions(listing):
        tile = TILE.search(name)
        if not tile:
            continue
        step, rows, panels = tile.groups()
        for loop in innermost_loops(body):
            if not any(MULTIPLIES.search(text) for text in loop):
                continue
            seen[step] = seen.get(step, 0) + 1
            if found := spills(loop):
                bad += 1
                print(f"{flags}: {step}, {rows} rows x {panels} panels: {len(found)} of {len(loop)} "
                      f"instructions of the loop keep vectors in memory: {found[0]}")
    if len(seen) < 3:
        sys.exit(f"{flags}: expected loops that multiply in tiles of three steps, found {seen}: the "
                 "check is blind")
    print(f"{flags}: {seen} loops, {bad} of them with sums in memory")
    return bad


def accepts(compiler, flags):
    return subprocess.run([compiler, *flags.split(), "-fsyntax-only", "-xc++", "/dev/null"],
                          capture_output=True).returncode == 0


def self_check():
    """The check itself finds what it is there to find."""
    listing = """
0000000000000000 <bad>:
   0:\tvpdpbusd %zmm1,%zmm2,%zmm3
   6:\tvmovdqa64 %zmm3,0x40(%rsp)
   c:\tcmp    %rax,%rdx
  10:\tjne    0 <bad>
  12:\tvmovdqu64 %zmm3,(%rdi)

0000000000000020 <good>:
  20:\tvpxorq 0x0(%rip),%zmm1,%zmm1        # 30 <good+0x10>
  26:\tvpdpbusd (%rsi),%zmm2,%zmm3
  2c:\tmov    %rax,0x8(%rsp)
  30:\tjne    20 <good>
  32:\tvmovdqu64 %zmm3,(%rdi)
"""
    found = {name: [spills(loop) for loop in innermost_loops(body)]
             for name, body in functions(listing)}
    return found == {"bad": [["vmovdqa64 %zmm3,0x40(%rsp)"]], "good": [[]]}


def main():
    compiler, include = sys.argv[1:]
    if not self_check():
        sys.exit("hot_loops.py: its own examples are not told apart")
    accepted = [flags for flags in FLAGS if accepts(compiler, flags)]
    if not accepted or not shutil.which("objdump"):
        print("skipped: no objdump, or a compiler for another processor")
        sys.exit(77)
    sys.exit(1 if sum(check(compiler, include, flags) for flags in accepted) else 0)


if __name__ == "__main__":
    main()
