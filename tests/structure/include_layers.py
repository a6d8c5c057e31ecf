#!/usr/bin/env python3
"""Checks how the headers may depend on each other and on the outside.

usage: include_layers.py INCLUDE_DIR      (the folder that contains tfm/)

Prints one line per violation and exits 1 where there is one:
- a header includes headers of its own layer and of those above it, never of one below, and no
  chain of includes is circular;
- headers include each other by relative paths that exist, and are guarded by #pragma once;
- a header that hides macros of the host brings them back at its end, under no condition;
- what is bound to a library, a compiler or an instruction set is named in one place only.
"""

import re
import sys
from pathlib import Path

# Top to bottom. The headers in tfm/ itself are named, folders stand for all they hold.
LAYERS = [
    "hide_macros.hpp",
    "restore_macros.hpp",
    "version.hpp",
    "config.hpp",
    "function_ref.hpp",
    "sorted_places.hpp",
    "diagnostics.hpp",
    "threads",
    "parallel.hpp",
    "tensor",
    "io",
    "text",
    "simd",
    "dispatch",
    "dispatch.hpp",
    "kernels",
    "nn",
    "models",
    "generate",
    "eval",
    "any",
    "tfm.hpp",
]

# (what it is, pattern in code without comments, the files or folders that may contain it)
CONFINED = [
    ("xsimd", re.compile(r"\bxsimd\b|\bXSIMD_"), ["simd/vec.hpp"]),
    ("RapidJSON", re.compile(r"\brapidjson\b|\bRAPIDJSON_"), ["io/json_events.inl.hpp"]),
    (
        "a macro of the instruction set",
        re.compile(
            r"\b__(?:AVX|SSE|SSSE3|FMA|F16C|AMX|BMI|ARM_|aarch64__|arm__|x86_64__|i386__)\w*"
        ),
        ["simd/isa.hpp", "dispatch/cpu_features.hpp", "threads/pause.hpp"],
    ),
    (
        "an intrinsics header",
        re.compile(r"#\s*include\s*<(?:\w*intrin\.h|arm_\w+\.h)>"),
        ["simd"],
    ),
    (
        "an intrinsic or its type",
        re.compile(
            r"\b(?:_mm\d*_\w+|_tile_\w+|__m(?:128|256|512|mask)\w*|__builtin_ia32_\w+"
            r"|v\w+q?_(?:lane_)?[fsu](?:8|16|32|64)|(?:float|bfloat|u?int)\d+x\d+_t)\b"
        ),
        ["simd"],
    ),
    (
        "an OpenMP pragma or header",
        re.compile(r"#\s*pragma\s+omp\b|_Pragma\s*\(\s*\"omp\b|<omp\.h>"),
        ["threads/openmp.hpp"],
    ),
]

# Made to be included many times, in pairs.
MACROS = ["hide_macros.hpp", "restore_macros.hpp"]

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<(tfm/[^>]+)>)', re.MULTILINE)


def layer_of(header):
    """Position in LAYERS of a path relative to tfm/, or None."""
    top = header.parts[0]
    return LAYERS.index(top) if top in LAYERS else None


def without_comments(text):
    return COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def included_headers(root, header, code, problems):
    """The headers of tfm that `header` includes; reports includes that name none."""
    found = []
    for match in INCLUDE.finditer(code):
        where = f"{header}:{line_of(code, match.start(match.lastindex))}"
        if match.group(2):
            problems.append(f"{where}: <{match.group(2)}>: headers include by relative path")
            continue
        target = (root / header.parent / match.group(1)).resolve()
        if not target.is_file() or root.resolve() not in target.parents:
            problems.append(f'{where}: "{match.group(1)}": no such header in tfm')
            continue
        found.append((target.relative_to(root.resolve()), where))
    return found


def check_confined(header, code, problems):
    for what, pattern, allowed in CONFINED:
        if any(Path(place) in [header, *header.parents] for place in allowed):
            continue
        for match in pattern.finditer(code):
            where = f"{header}:{line_of(code, match.start())}"
            problems.append(f"{where}: {what} ({match.group()}) belongs in {', '.join(allowed)}")


def check_macros(header, code, problems):
    """Whether the header includes both of MACROS, in their order and under no condition, or neither."""
    found, depth = [], 0
    for line in code.splitlines():
        if re.match(r"\s*#\s*if", line):
            depth += 1
        elif re.match(r"\s*#\s*endif", line):
            depth -= 1
        for name in MACROS:
            if re.search(rf'#include "(?:\.\./)*{name}"', line):
                found.append(name if depth == 0 else f"{name} under a condition")
    if found not in ([], MACROS):
        problems.append(f"{header}: includes {', '.join(found)}, not {' and then '.join(MACROS)}")


def check_cycles(includes, problems):
    """Depth-first; a header met again while it is open closes a cycle. Only the bodies of x.hpp,
    x.inl.hpp, may include it although it includes them."""
    done, open_headers = set(), []

    def visit(header):
        if header in open_headers:
            cycle = open_headers[open_headers.index(header) :] + [header]
            problems.append("circular include: " + " -> ".join(map(str, cycle)))
            return
        if header in done:
            return
        open_headers.append(header)
        for target, _ in includes.get(header, []):
            if str(header) != str(target).replace(".hpp", ".inl.hpp"):
                visit(target)
        open_headers.pop()
        done.add(header)

    for header in sorted(includes):
        visit(header)


def check(include_dir):
    """All violations under include_dir/tfm, as lines of text, and the number of headers."""
    root = Path(include_dir) / "tfm"
    headers = sorted(path.relative_to(root) for path in root.rglob("*.hpp"))
    problems, includes = [], {}
    for header in headers:
        text = (root / header).read_text(encoding="utf-8")
        code = without_comments(text)
        is_guarded = re.search(r"^#pragma once$", text, re.MULTILINE)
        if not is_guarded and header.name not in MACROS:
            problems.append(f"{header}: lacks #pragma once")
        if layer_of(header) is None:
            problems.append(f"{header}: {header.parts[0]} has no place in the order of layers")
        check_confined(header, code, problems)
        check_macros(header, code, problems)
        includes[header] = included_headers(root, header, code, problems)
        for target, where in includes[header]:
            own, other = layer_of(header), layer_of(target)
            if own is not None and other is not None and other > own:
                problems.append(f"{where}: {LAYERS[own]} may not include {target}, a lower layer")
    check_cycles(includes, problems)
    return problems, len(headers)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    problems, count = check(sys.argv[1])
    for problem in problems:
        print(problem)
    if count == 0:
        problems.append("no headers")
    print(f"{count} headers, {len(problems)} violations")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
