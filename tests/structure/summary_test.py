#!/usr/bin/env python3
"""Shows that scripts/summary.py counts each way in which a test can end.

usage: summary_test.py SUMMARY
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SUMMARY = sys.argv.pop()

PASSED = '<testcase name="good" classname="C"/>'
FAILED = '<testcase name="bad" classname="C"><failure/></testcase>'
SKIPPED = '<testcase name="off" classname="C"><skipped message="c.cpp:1&#10;no file"/></testcase>'


def test(name, inside=""):
    return f'<testcase name="{name}" classname="{name}">{inside}</testcase>'


class SummaryTest(unittest.TestCase):
    def lines(self, files, *arguments):
        """What is printed for a folder of these files, each with some test cases."""
        with tempfile.TemporaryDirectory() as folder:
            for name, cases in files.items():
                text = f"<testsuite>{''.join(cases)}</testsuite>" if cases else "<testsu"
                Path(folder, name).write_text(text, encoding="utf-8")
            command = [sys.executable, SUMMARY, folder, *arguments]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()

    def assert_total(self, files, expected):
        self.assertEqual(self.lines(files, "--total"), [expected])

    def test_cases_of_programs_and_of_ctest(self):
        files = {
            "ctest.xml": [test("a/b", "<failure/>"), test("tree/links")],
            "a_b_test.xml": [PASSED, PASSED, FAILED, SKIPPED],
        }
        self.assert_total(files, "3 passed, 1 failed, 1 skipped")
        self.assertEqual(
            self.lines(files),
            ["test cases: 5, 1 failed, 1 skipped", "  skipped: a_b_test: C.off: no file"],
        )

    def test_of_a_test_that_was_not_run_older_results_do_not_count(self):
        files = {"ctest.xml": [test("a/b")], "a_b_test.xml": [PASSED], "a_c_test.xml": [FAILED]}
        self.assert_total(files, "1 passed, 0 failed, 0 skipped")

    def test_programs_that_end_early_or_fail_behind_their_cases(self):
        files = {"ctest.xml": [test("a/b", "<failure/>")]}
        self.assert_total(files, "0 passed, 1 failed, 0 skipped")
        self.assert_total({**files, "a_b_test.xml": []}, "0 passed, 1 failed, 0 skipped")
        self.assert_total({**files, "a_b_test.xml": [PASSED]}, "1 passed, 1 failed, 0 skipped")

    def test_without_a_program(self):
        missing = test("a/b", '<skipped message="Unable to find executable"/>')
        self.assert_total({"ctest.xml": [missing]}, "0 passed, 1 failed, 0 skipped")
        skipped = test("this_cpu_lacks_amx", '<skipped message="SKIP_RETURN_CODE=77"/>')
        self.assert_total({"ctest.xml": [skipped]}, "0 passed, 0 failed, 1 skipped")

    def test_a_build_that_failed(self):
        self.assert_total({}, "0 passed, 1 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
