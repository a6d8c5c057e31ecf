#!/usr/bin/env python3
"""Joins the headers of tfm into one file that stands for #include <tfm/tfm.hpp>.

usage: amalgamate.py INCLUDE_DIR OUTPUT      (the folder that contains tfm/)

Each header of tfm appears once, where the first include of it stood. Headers from elsewhere (xsimd,
RapidJSON, the standard library) stay includes; one that is included unconditionally stays once. What
TFM_HEADER_ONLY guards is there: one header is always header-only. Macros of the host are hidden at its
beginning and brought back at its end.
The output depends on the headers alone: same headers, same bytes.
"""

import re
import sys
from pathlib import Path

# All that tfm.hpp brings, between what other headers include in pairs.
MACROS = ["tfm/hide_macros.hpp", "tfm/restore_macros.hpp"]
ROOTS = [MACROS[0], "tfm/tfm.hpp", MACROS[1]]

OWN_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
OTHER_INCLUDE = re.compile(r"^\s*#\s*include\s*<([^>]+)>")
CONDITION = re.compile(r"^\s*#\s*(if|ifdef|ifndef|endif)\b")
HEADER_ONLY = re.compile(r"^#if TFM_HEADER_ONLY\n(#include .*\n)#endif\n", re.MULTILINE)
ONCE = re.compile(r"^\s*#\s*pragma\s+once\b")
VERSION = re.compile(r'#define TFM_VERSION_STRING "([^"]+)"')


class Amalgamation:
    """The lines so far, and which headers are in them."""

    def __init__(self, include_dir):
        self.include_dir = include_dir.resolve()
        self.lines = []
        self.own = set()
        self.others = set()

    def add(self, path):
        """Appends a header with what it includes; nothing if it is there already."""
        if path in self.own:
            return
        self.own.add(path)
        name = path.relative_to(self.include_dir).as_posix()
        if not path.is_file():
            sys.exit(f"amalgamate.py: {name}: no such header in {self.include_dir}")
        self.lines.append(f"// ======== {name}")
        depth = 0
        text = HEADER_ONLY.sub(r"\1", path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            if condition := CONDITION.match(line):
                depth += -1 if condition.group(1) == "endif" else 1
            if match := OWN_INCLUDE.match(line):
                if depth > 0:
                    sys.exit(
                        f"amalgamate.py: {name}:{number}: includes {match.group(1)} under a "
                        "condition; put the condition into that header"
                    )
                target = (path.parent / match.group(1)).resolve()
                if target.relative_to(self.include_dir).as_posix() not in MACROS:
                    self.add(target)
            elif not ONCE.match(line) and not self.is_repeated(line, depth):
                self.lines.append(line)

    def is_repeated(self, line, depth):
        """Whether the line includes a header from elsewhere that is unconditionally there already."""
        match = OTHER_INCLUDE.match(line)
        if not match or match.group(1) in self.others:
            return bool(match)
        if depth == 0:
            self.others.add(match.group(1))
        return False

    def text(self):
        body = re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines))
        version = VERSION.search(body).group(1)
        return (
            f"// tfm {version} in one header, made from include/tfm by tools/amalgamate.py.\n"
            "// Copyright (c) 2026 the tfm authors. SPDX-License-Identifier: MIT\n\n"
            "#pragma once\n\n#undef TFM_COMPILED\n\n"
            f"{body}\n"
        )


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    include_dir, output = Path(sys.argv[1]), Path(sys.argv[2])
    amalgamation = Amalgamation(include_dir)
    for name in ROOTS:
        amalgamation.add(amalgamation.include_dir / name)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(amalgamation.text(), encoding="utf-8")


if __name__ == "__main__":
    main()
