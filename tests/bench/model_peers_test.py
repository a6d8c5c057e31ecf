#!/usr/bin/env python3
"""Runs every whole-model peer that is installed once on the shipped model, through compare.py, and
one with logits that it must refuse.

usage: model_peers_test.py SOURCE_DIR TFM SCRATCH_DIR

Exits 77 (skipped), naming what is not installed, where a peer could not run. Installs nothing.
"""
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
PEERS = ["tfm fp32", "ONNX Runtime fp32", "ONNX Runtime int8", "ONNX Runtime int8 weights", "PyTorch fp32"]
TFM_PRECISIONS = ["tfm bf16", "tfm int8", "tfm int8, int8 cache", "tfm int8 weights"]
RESULTS = {
    "prompt/tokens:128",
    "prompt/tokens:512",
    "decode/context:256",
    "batch/sessions:8/context:256",
    "start_to_first_token",
    "peak_rss",
}


def compare(source: Path, program: str, scratch: Path) -> dict:
    options = ["--tfm", program, "--model", source / "examples/models/tales", "--output-dir", scratch]
    options += ["--packages", source / "build/peers/npm", "--threads", "1", "--turns", "1"]
    options += ["--rounds", "1"]
    script = source / "bench/peers/models/compare.py"
    subprocess.run([sys.executable, script, *options], check=True)
    return json.loads((scratch / "comparison.json").read_text())


def check_report(peer: dict, table: str) -> None:
    results = peer["results"]["1"]
    assert set(results) == RESULTS, f"{peer['name']}: {sorted(results)}"
    for name, result in results.items():
        assert 0 < result["min"] <= result["median"] <= result["max"], f"{peer['name']}: {name}"
    assert f"| {peer['name']} | 1 |" in table, table


def change_a_logit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    (last,) = struct.unpack("<f", data[-4:])
    data[-4:] = struct.pack("<f", last + 1)
    path.write_bytes(data)


def check_refusal(source: Path, scratch: Path) -> None:
    """A peer whose logits are not the expected ones is an error."""
    expected = scratch / "expected.safetensors"
    change_a_logit(expected)
    command = [sys.executable, source / "bench/peers/models/pytorch_gpt2.py", "--expected", expected]
    command += ["--model", source / "examples/models/tales", "--only", "^$"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "expected those of tfm" in done.stderr, done


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    source, program, scratch = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    shutil.rmtree(scratch, ignore_errors=True)
    comparison = compare(source, program, scratch)
    table = (scratch / "comparison.md").read_text()
    peers = {peer["name"]: peer for peer in comparison["peers"]}
    missing = []
    for name in PEERS:
        if "left_out" in peers[name]:
            missing.append(f"{name}: {peers[name]['left_out']}")
        else:
            check_report(peers[name], table)
    for name in TFM_PRECISIONS:
        if "left_out" in peers[name]:
            assert "--precision" in peers[name]["left_out"], peers[name]
        else:
            check_report(peers[name], table)
            assert 0 < peers[name]["largest_difference"], peers[name]
    if "left_out" not in peers["PyTorch fp32"]:
        check_refusal(source, scratch)
    if missing:
        print("skipped: not installed: " + "; ".join(missing))
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
