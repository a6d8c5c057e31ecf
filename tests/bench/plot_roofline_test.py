#!/usr/bin/env python3
"""Draws results of tfm_bench and checks the pictures; exits 77 (skipped) without matplotlib.

usage: plot_roofline_test.py SCRIPT RESULTS.json SCRATCH_DIR
"""

import importlib.util
import json
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

SKIPPED = 77


def plot(script, *arguments):
    return subprocess.run([sys.executable, script, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, text=True)


def check_pictures(script, results, scratch):
    svg, png = scratch / "roofline.svg", scratch / "roofline.png"
    drawn = plot(script, results, svg, png)
    assert drawn.returncode == 0, drawn.stdout
    root = xml.parse(svg).getroot()
    assert root.tag.endswith("svg"), root.tag
    markers = sum(element.tag.endswith("use") for element in root.iter())
    benchmarks = json.loads(results.read_text(encoding="utf-8"))["benchmarks"]
    assert markers >= len(benchmarks), f"{markers} marks for {len(benchmarks)} results"
    assert png.read_bytes().startswith(b"\x89PNG"), "not a PNG"
    left_over = {path.name for path in scratch.iterdir()} - {svg.name, png.name, "wrong.json"}
    assert not left_over, f"left over: {left_over}"


def check_errors(script, results, scratch):
    wrong = scratch / "wrong.json"
    for text in ("not JSON", "[]", '{"context": {}, "benchmarks": []}'):
        wrong.write_text(text, encoding="utf-8")
        refused = plot(script, wrong, scratch / "none.svg")
        assert refused.returncode == 2, f"{text}: exit status {refused.returncode}"
        assert "Traceback" not in refused.stdout, refused.stdout
    assert plot(script, results, scratch / "none.gif").returncode == 2
    assert not list(scratch.glob("none*"))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    script, results, scratch = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if importlib.util.find_spec("matplotlib") is None:
        print("skipped: matplotlib is missing; scripts/setup bench installs it")
        sys.exit(SKIPPED)
    scratch.mkdir(parents=True, exist_ok=True)
    for path in scratch.iterdir():
        path.unlink()
    check_pictures(script, results, scratch)
    check_errors(script, results, scratch)


if __name__ == "__main__":
    main()
