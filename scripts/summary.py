#!/usr/bin/env python3
"""Counts the cases of tests that ran in builds, and names those that were skipped, with the reason.

usage: summary.py [--total] RESULTS_DIR...

A folder holds ctest.xml, which ctest wrote, and for each GoogleTest program its own results. A test
without results of its own is one case. A folder without ctest.xml is of a build that failed, one failed
case. With --total there is one line for all folders, PASSED passed, FAILED failed, SKIPPED skipped.
"""

import sys
import xml.etree.ElementTree
from pathlib import Path


def cases_of(path):
    """The cases in a file of results; none where its program ended before it was written."""
    try:
        return list(xml.etree.ElementTree.parse(path).iter("testcase"))
    except (FileNotFoundError, xml.etree.ElementTree.ParseError):
        return []


def is_failed(case):
    """Whether a case failed or, as one of ctest's, has no program, which ctest calls skipped."""
    reason = case.find("skipped")
    has_no_program = reason is not None and "Unable to find" in reason.get("message", "")
    return case.find("failure") is not None or has_no_program


class Summary:
    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []

    def add(self, case, program=""):
        reason = case.find("skipped")
        if is_failed(case):
            self.failed += 1
        elif reason is not None:
            name, why = case.get("name"), reason.get("message", "")
            if program:  # GoogleTest's reason begins with file and line.
                name, why = f"{program}: {case.get('classname')}.{name}", why.partition("\n")[2]
            self.skipped.append(f"{name}: {why}")
        else:
            self.passed += 1

    def add_folder(self, folder):
        if not (folder / "ctest.xml").is_file():
            self.failed += 1
            return
        for test in cases_of(folder / "ctest.xml"):
            name = test.get("name").replace("/", "_")
            paths = [folder / f"{name}_test.xml", folder / f"{name}.xml"]
            cases = [(case, path.stem) for path in paths for case in cases_of(path)]
            if not cases or is_failed(test) and not any(is_failed(case) for case, _ in cases):
                cases.append((test, ""))  # it has no cases, or failed outside of them
            for case, program in cases:
                self.add(case, program)


def main():
    folders = [Path(argument) for argument in sys.argv[1:] if argument != "--total"]
    if not folders:
        sys.exit(__doc__)
    summary = Summary()
    for folder in folders:
        summary.add_folder(folder)
    if "--total" in sys.argv:
        print(f"{summary.passed} passed, {summary.failed} failed, {len(summary.skipped)} skipped")
        return
    count = summary.passed + summary.failed + len(summary.skipped)
    print(f"test cases: {count}, {summary.failed} failed, {len(summary.skipped)} skipped")
    for line in summary.skipped:
        print(f"  skipped: {line}")


if __name__ == "__main__":
    main()
