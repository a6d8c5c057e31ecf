#!/usr/bin/env python3
"""Runs every benchmark of tfm_bench once with tiny shapes, and some with shapes of a user's and beside
other libraries, and checks what it says of them.

usage: tfm_bench_test.py BINARY SOURCE_DIR RESULTS.json [PEER]...

How fast anything is, is not tested: only that each rate is a positive number.
"""

import csv
import json
import math
import re
import shlex
import subprocess
import sys
from pathlib import Path

KERNELS = {
    "append_keys", "append_values", "causal_attention", "causal_sdpa", "embed", "gelu", "gelu_tanh",
    "layer_norm", "matmul", "matmul_bias", "matmul_gelu", "matmul_gelu_tanh", "matmul_residual",
    "matmul_transposed", "pack", "pack_transposed", "plain_matmul", "sdpa", "softmax", "unpack",
}
MOVES_ONLY = {"append_keys", "append_values", "pack", "pack_transposed", "unpack"}
PEERS = {"Eigen": "libeigen3-dev", "OpenBLAS": "libopenblas-openmp-dev", "oneDNN": "libdnnl-dev"}
QUICK = ["--tiny", "--threads", "1", "--benchmark_min_time=0.001"]
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
    helped = run(binary, "--help")
    check(helped.returncode == 0 and "--shape" in helped.stdout and "--benchmark_filter" in helped.stdout,
          f"--help ends with {helped.returncode}: {helped.stdout}")
    for wrong, said in (
            (["--no-such-option"], "--no-such-option"), (["--threads", "0"], "--threads"),
            ([*QUICK, "--benchmark_filter=no_such_kernel"], "no_such_kernel"),
            (["--dtype", "fp8"], "--dtype: fp8 not in {fp32,bf16,int8,int8_weights}"),
            (["--shape", "m:7,k"], "--shape m:7,k: expected AXIS:SIZE"),
            (["--shape", "m:0,n:4"], "from 1 to 16777216, found 'm:0'"),
            (["--shape", "m:4x,n:4"], "from 1 to 16777216, found 'm:4x'"),
            (["--shape", "m:7,m:8"], "expected each axis once, found 'm'"),
            (["--shape", "m:9999999,k:9999999,n:1"], "a product of at most 2^40"),
            (["--shape", "m:7,z:8"], "expected the axes of a kernel: "),
            (["--shape", "m:7,n:8", "--dtype", "bf16"], "--dtype bf16: expected one that a kernel"),
            (["--vs", "mkl"], "--vs mkl: expected eigen, onednn or openblas")):
        result = run(binary, *wrong)
        output = result.stdout + result.stderr
        check(result.returncode == 2 and said in output,
              f"{' '.join(wrong)}: expected exit status 2 and '{said}', found {result.returncode}: {output}")


def rows_of(binary, *arguments):
    """The results in JSON, by name."""
    ran = run(binary, *arguments, "--benchmark_format=json")
    if ran.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit status {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return {entry["name"]: entry for entry in json.loads(ran.stdout)["benchmarks"]}


def check_own_shapes(binary):
    """Every kernel with the axes of a shape runs in it, in the order of the kernel's axes."""
    for shape, dtypes, expected in (
            ("n:21,m:3,k:35", "int8", {f"matmul{step}/int8/m:3/k:35/n:21"
                                       for step in ("", "_bias", "_gelu", "_gelu_tanh", "_residual")}),
            ("n:21,m:3,k:35", "fp32", {f"{kernel}/fp32/m:3/k:35/n:21" for kernel in
                                       ("matmul", "matmul_bias", "matmul_gelu", "matmul_gelu_tanh",
                                        "matmul_residual", "matmul_transposed", "plain_matmul")}),
            ("width:9,m:5,heads:2", "bf16", {f"{kernel}/bf16/heads:2/m:5/width:9" for kernel in
                                             ("causal_sdpa", "sdpa")}),
            ("m:3,n:7", "fp32", {f"{kernel}/fp32/m:3/n:7" for kernel in
                                 ("gelu", "gelu_tanh", "layer_norm", "rms_norm", "softmax")}),
            ("m:3,n:8", "fp32", {f"{kernel}/fp32/m:3/n:8" for kernel in
                                 ("gelu", "gelu_tanh", "layer_norm", "rms_norm", "rope", "softmax")}),
            ("m:3,heads:2,width:9,context:3", "int8", {"causal_attention/int8/m:3/heads:2/width:9/context:3"}),
            ("m:5,heads:2,width:9,context:3", "fp32",
             {"bidirectional_attention/fp32/m:5/heads:2/width:9/context:3"}),
            ("k:5,n:3", "fp32", {f"{kernel}/fp32/k:5/n:3" for kernel in ("pack", "pack_transposed", "unpack")}),
            ("m:3,k:5", "bf16,fp32,int8", {"quantize_rows/int8/m:3/k:5", "split_rows/int8/m:3/k:5"}),
            ("m:2,width:5,vocab:7", "fp32", {"embed/fp32/m:2/width:5/vocab:7"})):
        rows = rows_of(binary, *QUICK, "--shape", shape, "--dtype", dtypes)
        found = {name.partition("/threads:")[0] for name in rows} - {f"convert_rows/{dtype}/m:3/k:5"
                                                                    for dtype in ("bf16", "fp32")}
        check(found == expected, f"--shape {shape}: expected {sorted(expected)}, found {sorted(found)}")
        for entry in rows.values():
            check_entry(entry)


def check_reproducer(entry):
    """The command in a row makes this row, and no other, again."""
    limit, bar, command = entry["label"].partition(" | ")
    check(limit in ("compute", "memory") and bar, f"{entry['name']}: label '{entry['label']}'")
    again = rows_of(*shlex.split(command))
    check(list(again) == [entry["name"]], f"{command}: expected {entry['name']}, found {list(again)}")
    check(all(row["label"].endswith(bar + command) for row in again.values()), f"{command}: {again}")


def check_csv(binary, shape):
    """Rows of other rates, and without one, have the same columns."""
    ran = run(binary, *QUICK, *shape, "--benchmark_format=csv", "--benchmark_filter=^(matmul|append_keys)/")
    text = ran.stdout[ran.stdout.find("name,"):]
    rows = list(csv.DictReader(text.splitlines()))
    check(ran.returncode == 0 and len(rows) > 4, f"CSV ends with {ran.returncode}: {ran.stdout}{ran.stderr}")
    for row in rows:
        rate = "GOP/s" if "/int8" in row["name"] else "GFLOP/s"
        rate_is_number = math.isfinite(float(row[rate]))
        check(rate_is_number != row["name"].startswith("append"), f"CSV: {row}")


def check_peers(binary, peers):
    """The libraries that are built in take part; of the others it is said how to get them."""
    shape = ["--shape", "m:3,k:35,n:21", "--benchmark_filter=^matmul/"]
    for peer, package in PEERS.items():
        arguments = ["--vs", peer.lower(), *shape]
        if peer not in peers:
            refused = run(binary, *QUICK, *arguments)
            check(refused.returncode == 2 and package in refused.stderr, f"--vs {peer}: {refused}")
            continue
        rows = rows_of(binary, *QUICK, *arguments)
        fp32 = rows["matmul/fp32/m:3/k:35/n:21/threads:1/real_time"]
        for counter in (f"{peer}_GFLOP/s", f"{peer}/tfm"):
            check(fp32.get(counter, 0) > 0, f"--vs {peer}: {counter} is {fp32.get(counter)}")
        theirs = fp32["flops"] / fp32[f"{peer}_GFLOP/s"]
        ours = fp32["flops"] / fp32["GFLOP/s"]
        check(math.isclose(fp32[f"{peer}/tfm"], theirs / ours, rel_tol=1e-6), f"--vs {peer}: {fp32}")
        weights = rows["matmul/int8_weights/m:3/k:35/n:21/threads:1/real_time"]
        check(f"{peer}/tfm" not in weights, f"--vs {peer}: nobody else has int8_weights: {weights}")
        check_reproducer(fp32)
        softmax = run(binary, *QUICK, "--vs", peer.lower(), "--shape", "m:3,n:21")
        check(softmax.returncode == 2 and "expected a matmul" in softmax.stderr, f"--vs {peer}: {softmax}")
    if peers:
        check_csv(binary, ["--vs", ",".join(peers)])


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
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    binary, source, results = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    check_command_line(binary)
    check_own_shapes(binary)
    check_csv(binary, [])
    check_peers(binary, sys.argv[4:])
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
    check_reproducer(data["benchmarks"][0])
    check_reproducer(data["benchmarks"][-1])
    kernels = {entry["name"].partition("/")[0] for entry in data["benchmarks"]}
    check(kernels >= KERNELS, f"without results: {', '.join(sorted(KERNELS - kernels))}")
    check_context(data["context"])
    print(f"{len(data['benchmarks'])} results of {len(kernels)} kernels")
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
