#!/usr/bin/env python3
"""Runs the compile-time benchmark once on its cheapest cases and checks its table and its JSON. What
the figures are is not judged.

usage: compile_time_test.py COMPILE_TIME.PY COMPILER
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def run(script, *arguments):
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)


def check_row(row):
    for key in ("cpu_seconds", "wall_seconds", "peak_bytes"):
        assert 0 < row[key]["min"] <= row[key]["median"] <= row[key]["max"], f"{row['name']}: {key}"


def check_cheap_cases(script, compiler):
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "compile_time.json")
        process = run(script, "--compiler", compiler, "--runs", "1", "--cases", "empty,tensor",
                      "--json", target)
        assert process.returncode == 0, process.stderr
        document = json.loads(target.read_text())
        assert [path.name for path in Path(folder).iterdir()] == [target.name], "files left over"
    empty, tensor = document["cases"]
    assert (empty["name"], tensor["name"]) == ("empty", "tensor")
    check_row(empty)
    check_row(tensor)
    assert tensor["peak_bytes"]["median"] > empty["peak_bytes"]["median"]
    over = tensor["over"]
    assert over["name"] == "empty" and over["budget_seconds"] == 0.3, over
    met = over["cpu_seconds"]["median"] <= over["budget_seconds"]
    assert over["met"] == met, over
    assert empty["program_text_bytes"] >= empty["text_bytes"] > 0, empty
    assert tensor["program_text_bytes"] is None, "a header was linked"
    lines = process.stdout.splitlines()
    assert any(line.startswith("| an empty main |") for line in lines), process.stdout
    verdict = "met" if met else "missed"
    assert any("tfm/tensor/tensor.hpp" in line and line.endswith(f"0.3 s: {verdict} |")
               for line in lines), process.stdout


def check_bad_input(script, compiler):
    for arguments in (["--runs", "0"], ["--cases", "nothing"], ["--compiler", "no-such-compiler"],
                      ["--compiler", compiler, "--cases", "empty", "--flags=--no-such-flag"]):
        process = run(script, *arguments)
        assert process.returncode == 2, f"{arguments}: exit code {process.returncode}"
        assert process.stderr and "Traceback" not in process.stderr, process.stderr


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    check_cheap_cases(*sys.argv[1:])
    check_bad_input(*sys.argv[1:])


if __name__ == "__main__":
    main()
