#!/usr/bin/env python3
"""Runs kernel_peers on tiny shapes and checks that tfm and every peer built in has finite, positive
figures in its JSON and its table. What they are is not judged.

usage: kernel_peers_test.py KERNEL_PEERS [PEER]...
"""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path


def check_spread(spread, what):
    values = [spread[key] for key in ("min", "median", "max")]
    assert all(math.isfinite(value) and value > 0 for value in values), f"{what}: {spread}"
    assert values == sorted(values), f"{what}: {spread}"


def check_case(case):
    assert case["results"], f"{case['name']}: nobody took part"
    check_spread(case["read_bytes_per_second"], case["name"])
    assert case["limit"]["seconds"] > 0, case["name"]
    for result in case["results"]:
        what = f"{case['name']} {result['library']}"
        check_spread(result["seconds"], what)
        rate = result["operations_per_second"]
        expected = 2 * case["m"] * case["k"] * case["n"] / result["seconds"]["median"]
        assert math.isclose(rate, expected, rel_tol=1e-9), f"{what}: {rate}, expected {expected}"
        assert 0 <= result["difference"] < 0.01, f"{what}: {result['difference']}"


def check_ratio(case):
    medians = [result["seconds"]["median"] for result in case["results"]]
    if len(medians) < 2:
        assert case["best_peer_by_tfm"] is None, case["name"]
    else:
        expected = min(medians[1:]) / medians[0]
        assert math.isclose(case["best_peer_by_tfm"], expected, rel_tol=1e-9), case["name"]


def check_document(document, peers):
    names = [library["name"] for library in document["libraries"]]
    assert names == ["tfm", *peers], f"libraries: expected tfm and {peers}, found {names}"
    fp32 = [case for case in document["cases"] if case["dtype"] == "fp32"]
    assert {case["m"] for case in fp32} == {1, 17}, "fp32: a shape is missing"
    assert {case["threads"] for case in fp32} == {1, 2}, "fp32: a number of threads is missing"
    for case in fp32:
        found = [result["library"] for result in case["results"]]
        assert found == names, f"{case['name']}: expected {names}, found {found}"
        check_spread(case["peak_operations_per_second"], case["name"])
        check_ratio(case)
    for case in document["cases"]:
        check_case(case)
    if "oneDNN" in peers:
        skipped = document["libraries"][names.index("oneDNN")]["skipped"]
        dtypes = {case["dtype"] for case in document["cases"]}
        assert dtypes | set(skipped) == {"fp32", "bf16", "int8"}, f"{dtypes}, skipped {skipped}"


def check_bad_input(program):
    for arguments in (["--rounds", "1"], ["--filter", "("], ["--filter", "no such case"],
                      ["--libraries", "no such library"]):
        process = subprocess.run([program, *arguments], capture_output=True, text=True)
        assert process.returncode == 2, f"{arguments}: exit code {process.returncode}"
        assert process.stderr, f"{arguments}: no message"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, *peers = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "peers.json")
        process = subprocess.run([program, "--tiny", "--threads", "1,2", "--json", target],
                                 stdout=subprocess.PIPE, text=True)
        assert process.returncode == 0, f"exit code {process.returncode}"
        document = json.loads(target.read_text())
        assert [path.name for path in Path(folder).iterdir()] == ["peers.json"], "files left over"
    check_document(document, peers)
    rows = [line for line in process.stdout.splitlines() if line.startswith(("| 1 |", "| 17 |"))]
    assert len(rows) == len(document["cases"]), process.stdout
    check_bad_input(program)


if __name__ == "__main__":
    main()
