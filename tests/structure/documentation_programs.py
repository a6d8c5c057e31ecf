#!/usr/bin/env python3
"""Compiles the C++ of Markdown files, all of it in one translation unit to save time.

usage: documentation_programs.py SOURCE_DIR FILE... -- COMPILER [FLAG...]

Every fenced block marked cpp must compile in a namespace of its own behind the includes of all; a main()
is a function like any other there. The compiler's messages name file and line of the Markdown. A block
after the line <!-- not run: REASON --> is left out, and one that a text needs but no compiler takes
belongs in a block without a language.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(
    r"^(?P<skipped><!-- not run: .+? -->\n+)?```cpp\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL
)
INCLUDE = re.compile(r"^\s*#\s*include\b.*$", re.MULTILINE)


def blocks_of(root, name):
    """(line of the first line of code, code) of each block of a file that is to compile."""
    text = (root / name).read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("body")) + 1
        if match["skipped"]:
            print(f"{name}:{line}: not compiled")
        else:
            yield line, match["body"]


def translation_unit(root, names):
    """The text of the unit, and how many blocks are in it."""
    includes, code, count = {}, [], 0
    for name in names:
        for line, body in blocks_of(root, name):
            print(f"{name}:{line}: compiled")
            includes.update(dict.fromkeys(include.strip() for include in INCLUDE.findall(body)))
            code += [f"namespace block_{count} {{", f'#line {line} "{name}"', INCLUDE.sub("", body), "}"]
            count += 1
    return "\n".join([*includes, *code]) + "\n", count


def main():
    if "--" not in sys.argv[3:]:
        sys.exit(__doc__)
    separator = sys.argv.index("--")
    root, names, compiler = Path(sys.argv[1]), sys.argv[2:separator], sys.argv[separator + 1 :]
    text, count = translation_unit(root, names)
    if count == 0:
        sys.exit("expected blocks marked cpp, found none")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "documentation.cpp"
        source.write_text(text, encoding="utf-8")
        # Only the global main() may end without a return.
        warnings = ["-Wall", "-Wextra", "-Wno-return-type"]
        sys.exit(subprocess.run([*compiler, *warnings, "-fsyntax-only", str(source)]).returncode)


if __name__ == "__main__":
    main()
