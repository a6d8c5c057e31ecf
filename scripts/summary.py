#!/usr/bin/env python3
"""Counts the cases in results of GoogleTest's XML form and names those that were skipped, with the reason.

usage: summary.py RESULTS_DIR
"""

import sys
import xml.etree.ElementTree
from pathlib import Path


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cases = failures = 0
    skipped = []
    for path in sorted(Path(sys.argv[1]).glob("*.xml")):
        for case in xml.etree.ElementTree.parse(path).iter("testcase"):
            cases += 1
            failures += case.find("failure") is not None
            reason = case.find("skipped")
            if reason is not None:
                why = reason.get("message", "").partition("\n")[2]
                skipped.append(f"{path.stem}: {case.get('classname')}.{case.get('name')}: {why}")
    print(f"test cases: {cases}, {failures} failed, {len(skipped)} skipped")
    for line in skipped:
        print(f"  skipped: {line}")


if __name__ == "__main__":
    main()
