#!/usr/bin/env python3
"""Checks that a source does not compile, and that the compiler says why.

usage: expected_failure.py SOURCE -- COMPILER [FLAG...]

The source begins with comment lines that name what the compiler's output must match, each a
regular expression searched for in it:
    // expect: REGEX          with any compiler
    // expect-gcc: REGEX      with g++ only
    // expect-clang: REGEX    with clang++ only
Where the mistake is in the flags, lines before these name it, each for a compilation of its own:
    // flags: FLAG...         with any compiler; flags-gcc and flags-clang are for one
With -DTFM_EXPECT_SUCCESS, without these flags, the same source must compile: the mistake is the only
thing wrong in it.
"""

import os
import re
import subprocess
import sys

HEAD = re.compile(r"^// (expect|flags)(?:-(gcc|clang))?: (.+?)\s*$")


def expectations(source, family):
    """The regular expressions and the flags of the comment lines at the head of the source."""
    found = {"expect": [], "flags": []}
    with open(source, encoding="utf-8") as lines:
        for line in lines:
            match = HEAD.match(line)
            if not match:
                break
            if match.group(2) in (None, family):
                found[match.group(1)].append(match.group(3))
    return found["expect"], found["flags"] or [""]


def compile_source(command, *more):
    """Exit status and diagnostics, one per line and in English."""
    run = subprocess.run(
        [*command, "-fmessage-length=0", "-fsyntax-only", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C"},
        text=True,
        errors="replace",
    )
    return run.returncode, run.stdout


def fail(message, output=""):
    sys.exit(f"{message}\n{output}")


def main():
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(__doc__)
    source, command = sys.argv[1], sys.argv[3:]
    version = subprocess.run(
        [command[0], "--version"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    family = "clang" if "clang" in version else "gcc"

    patterns, mistakes = expectations(source, family)
    if not patterns:
        fail(f"{source}: expected a first line '// expect: REGEX'")
    for flags in mistakes:
        status, output = compile_source([*command, source], *flags.split())
        if status == 0:
            fail(f"{source}: compiles, and must not {flags}")
        missing = [pattern for pattern in patterns if not re.search(pattern, output)]
        if missing:
            fail(f"{source}: {family} does not say {flags}: " + "; ".join(missing), output)
    status, output = compile_source([*command, source], "-DTFM_EXPECT_SUCCESS")
    if status != 0:
        fail(f"{source}: does not compile with -DTFM_EXPECT_SUCCESS either", output)
    print(f"{family} says: " + "; ".join(patterns))


if __name__ == "__main__":
    main()
