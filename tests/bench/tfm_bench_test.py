#!/usr/bin/env python3
"""Runs every benchmark of tfm_bench once with tiny shapes and checks what it says of them.

usage: tfm_bench_test.py BINARY SOURCE_DIR RESULTS.json

How fast anything is, is not tested: only that each rate is a positive number.
"""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

KERNELS = {
    "append_keys", "append_values", "causal_attention", "causal_sdpa", "embed", "gelu", "gelu_tanh",
    "layer_norm", "matmul", "matmul_bias", "matmul_gelu", "matmul_gelu_tanh", "matmul_residual",
    "matmul_transposed", "pack", "pack_transposed", "plain_matmul", "sdpa", "softmax", "unpack",
}
MOVES_ONLY = {"append_keys", "append_values", "pack", "pack_transposed", "unpack"}
NAME = re.compile(r"(?P<kernel>\w+)/(?P<precision>fp32|bf16|int8|int8_weights)(/\w+:\d+)+/threads:(?P<threads>\d+)")
# Kernel headers that hold no kernel of their own.
NO_KERNEL = {"amx_tiles.hpp", "attention_head.hpp", "attention_mask.hpp", "attention_options.hpp",
             "epilogue.hpp", "kernel_workspace.hpp", "operands.hpp", "pack_columns.hpp",
             "reference.hpp", "rows.hpp", "wide_tiles.hpp"}

failures = []


def check(condition, message):
    if not condition:
        failures.append(message)


def run(binary, *arguments):
    return subprocess.run([binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, text=True)


def check_command_line(binary):
    listed = run(binary, "--threads", "1,2", "--benchmark_list_tests")
    check(listed.returncode == 0, f"the list of names ends with {listed.returncode}")
    check("matmul/fp32/m:1/k:768/n:2304/threads:2" in listed.stdout, "a GPT-2 shape is missing")
    for wrong in (["--no-such-option"], ["--threads", "0"],
                  ["--tiny", "--threads", "1", "--benchmark_filter=no_such_kernel"]):
        status = run(binary, *wrong).returncode
        check(status == 2, f"{' '.join(wrong)}: expected exit status 2, found {status}")


def check_headers(source):
    """Each kernel's header is included by a benchmark."""
    benchmarks = "".join(path.read_text() for path in (source / "bench/kernels").glob("*.cpp"))
    for header in sorted((source / "include/tfm/kernels").glob("*.hpp")):
        included = f"#include <tfm/kernels/{header.name}>" in benchmarks
        check(included or header.name in NO_KERNEL, f"{header.name}: no file of bench/kernels times it")


def check_entry(entry):
    name = entry["name"]
    check("error_occurred" not in entry, f"{name}: {entry.get('error_message')}")
    match = NAME.match(name)
    if not match:
        check(False, f"{name}: not of the form kernel/precision/extent:size/threads:n")
        return
    expected = {"real_time", "bytes", "GB/s", "%limit"}
    if match["kernel"] not in MOVES_ONLY:
        expected |= {"flops", "GOP/s" if match["precision"].startswith("int8") else "GFLOP/s"}
    for key in expected:
        value = entry.get(key, math.nan)
        check(math.isfinite(value) and value > 0, f"{name}: {key} is {value}")


def check_context(context):
    for threads in ("1", "2"):
        for kind, pattern in (("peaks", r"fp32 FMA [\d.]+ GFLOP/s"), ("reads", r"1 MiB [\d.]+ GB/s")):
            text = context.get(f"{kind}/threads:{threads}", "")
            check(re.search(pattern, text), f"{kind} of {threads} threads: found '{text}'")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    binary, source, results = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    check_command_line(binary)
    check_headers(source)

    results.parent.mkdir(exist_ok=True)
    results.unlink(missing_ok=True)
    ran = run(binary, "--tiny", "--threads", "1,2", "--benchmark_min_time=0.001",
              f"--benchmark_out={results}", "--benchmark_out_format=json")
    if ran.returncode != 0:
        sys.exit(f"exit status {ran.returncode}\n{ran.stdout}{ran.stderr}")
    data = json.loads(results.read_text(encoding="utf-8"))
    for entry in data["benchmarks"]:
        check_entry(entry)
    kernels = {entry["name"].partition("/")[0] for entry in data["benchmarks"]}
    check(kernels >= KERNELS, f"without results: {', '.join(sorted(KERNELS - kernels))}")
    check_context(data["context"])
    print(f"{len(data['benchmarks'])} results of {len(kernels)} kernels")
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
