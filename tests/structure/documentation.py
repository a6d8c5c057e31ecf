#!/usr/bin/env python3
"""Runs the commands that a Markdown file shows.

usage: documentation.py SOURCE_DIR FILE SCRATCH_DIR RESULTS.xml

Works in a fresh copy of the source tree under SCRATCH_DIR: each fenced block marked sh is run by bash -e,
in order, in the root of the copy. (documentation_programs.py compiles the blocks marked cpp.)
A block after the line <!-- not run: REASON --> is skipped, and named with its reason in RESULTS.xml,
which has GoogleTest's form.
"""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n+)?```sh\n(?P<body>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
OTHER_NAMES = re.compile(r"^```(?:bash|shell|console|c\+\+|cc|hpp)\b", re.MULTILINE)
TIMEOUT_S = 800


def source_files(root):
    """Files of the tree that are the project's own: what git tracks or would, else all but build/."""
    if shutil.which("git") and (root / ".git").exists():
        git = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-coz", "--exclude-standard"],
            cwd=root,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return [name for name in git.stdout.split("\0") if name and (root / name).is_file()]
    return [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] not in ("build", ".git")
    ]


def copy_tree(root, scratch):
    shutil.rmtree(scratch, ignore_errors=True)
    for name in source_files(root):
        target = scratch / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target)


def run_shell(body, scratch):
    """bash's status and output; the scripts can tell from the variable that a test calls them."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", body],
        cwd=scratch,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TFM_IN_DOCS_TEST": "1"},
        timeout=TIMEOUT_S,
        text=True,
        errors="replace",
    )


def check_block(name, line, match, scratch, results):
    """Runs one block, prints it with what came of it, and adds it to the results."""
    body, reason = match["body"], match["reason"]
    case = xml.SubElement(results, "testcase", classname=name, name=f"line_{line}")
    if reason:
        first = body.strip().partition("\n")[0]
        xml.SubElement(case, "skipped", message=f"\n`{first}`: {reason}")
        print(f"{name}:{line}: not run: {reason}\n{body}", flush=True)
        return
    run = run_shell(body, scratch)
    print(f"{name}:{line}: {'ok' if run.returncode == 0 else 'FAILED'}\n{body}", flush=True)
    if run.returncode != 0:
        xml.SubElement(case, "failure", message=f"exit status {run.returncode}")
        print(run.stdout, flush=True)


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    name = sys.argv[2]
    root, scratch, results_file = Path(sys.argv[1]), Path(sys.argv[3]), Path(sys.argv[4])
    text = (root / name).read_text(encoding="utf-8")
    results = xml.Element("testsuite", name=name)
    for match in OTHER_NAMES.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        sys.exit(f"{name}:{line}: mark commands sh and programs cpp, so that they are tested")
    copy_tree(root, scratch)
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("body"))
        check_block(name, line, match, scratch, results)
    results_file.parent.mkdir(exist_ok=True)
    xml.ElementTree(results).write(results_file)
    sys.exit(1 if results.find("testcase/failure") is not None else 0)


if __name__ == "__main__":
    main()
