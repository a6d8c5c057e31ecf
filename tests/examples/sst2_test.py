#!/usr/bin/env python3
"""Runs the sst2 example on a tiny random model: what it prints, and one line for each kind of bad input.

usage: sst2_test.py SST2_PROGRAM
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else sys.exit(__doc__)
TABLE = "sentence\tlabel\na fine film .\t1\nit 's dull and slow .\t0\nnot bad at all !\t1\n"


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300)


class Sst2(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name) / "model"
        self.table = Path(scratch.name) / "dev.tsv"
        self.table.write_text(TABLE)

    def init(self, *options):
        return run("init", self.folder, "--shape", "tiny", *options)

    def expect_bad_input(self, result, *words):
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"^sst2: error: [^\n]*\n$")
        for word in words:
            self.assertIn(str(word), result.stderr)

    def accuracies(self, *options):
        """What `eval` prints of each precision before the comma, and that a speed follows."""
        result = run("eval", *options, self.folder, self.table)
        self.assertEqual(result.returncode, 0, result.stderr)
        found = re.findall(r"(\w+): accuracy (\S+) \((\d) of 3\), \d+\.\d samples/s\n", result.stdout)
        self.assertEqual(result.stdout.count("\n"), len(found), result.stdout)
        for _, accuracy, right in found:
            self.assertAlmostEqual(float(accuracy), int(right) / 3, places=4)
        return {name: accuracy for name, accuracy, _ in found}

    def test_prints_accuracy_and_speed(self):
        self.assertEqual(self.init("--seed", 5).returncode, 0)
        found = self.accuracies("--batch", 2, "--threads", 2)
        self.assertEqual(list(found), ["fp32"])
        # Whatever is said of all three sentences together is said of them one by one.
        self.assertEqual(self.accuracies("--batch", 1, "--threads", 1), found)

    def test_compares_precisions(self):
        self.assertEqual(self.init("--seed", 5).returncode, 0)
        found = self.accuracies("--precision", "bf16,int8,fp32")
        self.assertEqual(list(found), ["bf16", "int8", "fp32"])
        self.assertEqual(self.accuracies("--precision", "int8", "--precision", "fp32"),
                         {name: found[name] for name in ("int8", "fp32")})

    def test_init_replaces_nothing_unasked(self):
        self.assertEqual(self.init().returncode, 0)
        self.expect_bad_input(self.init(), "config.json", "--force")
        self.assertEqual(self.init("--force").returncode, 0)

    def test_says_what_is_wrong(self):
        self.expect_bad_input(run("eval", self.folder, self.table), self.folder / "config.json")
        self.init()
        self.expect_bad_input(run("eval", self.folder, self.folder / "none"), "none", "no such file")
        self.table.write_text("sentence\tlabel\nfine\t1\nfine\n")
        self.expect_bad_input(run("eval", self.folder, self.table), "line 3", "'fine'")
        self.table.write_text("fine\t1\n")
        self.expect_bad_input(run("eval", self.folder, self.table), "line 1", "heading")
        self.table.write_text("sentence\tlabel\n")
        self.expect_bad_input(run("eval", self.folder, self.table), "holds no sentence")
        self.expect_bad_input(run("eval", self.folder, self.table, "--batch", 0), "--batch")
        for wrong in ("fp16", "bf16,fp16", ""):
            self.expect_bad_input(run("eval", self.folder, self.table, "--precision", wrong),
                                  "--precision", "fp32,bf16,int8", "--help")
        self.expect_bad_input(run(), "--help")

    def test_has_help(self):
        for arguments in (["--help"], ["eval", "--help"], ["init", "--help"]):
            result = run(*arguments)
            self.assertEqual(result.returncode, 0)
            self.assertIn("--help", result.stdout)


if __name__ == "__main__":
    unittest.main()
