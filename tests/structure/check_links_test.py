#!/usr/bin/env python3
"""Checks that tools/check_links.py finds dead links, and only these."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "check_links.py"


def dead_links(files):
    """Exit status of the script for a folder of these files, and (file, target) of what it calls dead."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, SCRIPT, folder, folder + "/build"], stdout=subprocess.PIPE, text=True
        )
        lines = [line.removeprefix(folder + "/").split(":") for line in run.stdout.splitlines()]
        return run.returncode, [(line[0], line[2].strip()) for line in lines if len(line) == 4]


PAGE = '<a href="#here">x</a><p id="here">'


class CheckLinks(unittest.TestCase):
    def test_accepts_what_is_there(self):
        text = "# A *heading*, `x`\n[a](docs/b.md#two-words) [b](#a-heading-x) ![c](c.svg) [d](https://e.f/g)"
        files = {"README.md": text, "docs/b.md": "## Two words\n[a](../README.md)", "c.svg": ""}
        self.assertEqual(dead_links({**files, "build/index.html": PAGE}), (0, []))

    def test_finds_files_and_headings_that_are_not(self):
        text = "[a](b.md)\n![c](c.svg)\n[d](#nowhere)\n"
        dead = [("README.md", "b.md"), ("README.md", "c.svg"), ("README.md", "#nowhere")]
        self.assertEqual(dead_links({"README.md": text, "build/index.html": PAGE}), (1, dead))

    def test_reads_no_links_in_code(self):
        text = "[a](#a)\n# A\n```cpp\nf[i](x);\n# no heading\n```\n`[b](c)` [d](#no-heading)"
        dead = [("README.md", "#no-heading")]
        self.assertEqual(dead_links({"README.md": text, "build/index.html": PAGE}), (1, dead))

    def test_finds_elements_that_are_not(self):
        page = PAGE + '<a href="#there"></a><img src="c.svg">'
        dead = [("build/index.html", "#there"), ("build/index.html", "c.svg")]
        self.assertEqual(dead_links({"README.md": "# A\n[a](#a)", "build/index.html": page}), (1, dead))


if __name__ == "__main__":
    unittest.main()
