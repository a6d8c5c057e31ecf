#!/usr/bin/env python3
"""Writes tests/data/tensor/one_liners.json: what numpy and PyTorch make of their columns of
docs/coming-from.md, and the tensors that all lines begin with.

usage: make_one_liner_references.py OUTPUT

Both columns are run, and must agree where both have code. Needs numpy and PyTorch.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from one_liners import key_of, result_name, rows_of

# Before PyTorch 2 the function has another name and returns weights too.
if not hasattr(F, "scaled_dot_product_attention"):
    F.scaled_dot_product_attention = lambda q, k, v, is_causal=False: \
        torch._C._nn._scaled_dot_product_attention(q, k, v, is_causal=is_causal)[0]

PAGE = Path(__file__).resolve().parent.parent / "docs/coming-from.md"


def inputs():
    """Fractions of powers of two, which a text of few digits holds exactly."""
    generator = np.random.default_rng(5)

    def array(*shape):
        return (generator.integers(-64, 64, shape) / 32).astype(np.float32)

    angles = np.array([[0, 0.5], [1, 2], [3, -1]], np.float32)
    turns = np.stack([np.cos(angles), np.sin(angles)], -1).reshape(3, 4)
    return {"x": array(3, 4), "z": array(3, 4), "w": array(4, 5), "t": array(2, 3, 4), "v": array(4),
            "c": array(5), "gain": array(4), "bias": array(4), "turns": turns, "mine": array(12),
            "ids": np.array([2, 0], np.int32)}


def run(code, names):
    """The value that the code leaves in its result."""
    exec(code, names)  # the page's, of this repository
    return names[result_name(code)]


def described(value):
    """A result for JSON."""
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        value = value.detach()
        array = value.float().numpy() if dtype == "bfloat16" else value.numpy()
    else:
        array = np.asarray(value)
        dtype = str(array.dtype)
    if array.ndim == 0:
        return array.item()
    return {"dtype": dtype, "shape": list(array.shape), "values": array.ravel().tolist()}


def numbers(value):
    return np.asarray(value["values"] if isinstance(value, dict) else value, dtype=np.float64)


def reference_of(row):
    """numpy's result, or PyTorch's where numpy has no line."""
    results = {}
    if "numpy" in row:
        results["numpy"] = described(run(row["numpy"], {"np": np, **inputs()}))
    if "PyTorch" in row:
        tensors = {name: torch.from_numpy(array) for name, array in inputs().items()}
        tensors["ids"] = tensors["ids"].long()
        tensors["mine"] = inputs()["mine"].tolist()
        results["PyTorch"] = described(run(row["PyTorch"], {"torch": torch, "F": F, **tensors}))
    if not results:
        raise ValueError(f"{PAGE}:{row['line']}: neither numpy nor PyTorch has a line")
    if len(results) == 2:
        mine, other = results["numpy"], results["PyTorch"]
        same_shape = isinstance(mine, dict) == isinstance(other, dict) and (
            not isinstance(mine, dict) or mine["shape"] == other["shape"])
        if not same_shape or not np.allclose(numbers(mine), numbers(other), 1e-5, 1e-6):
            raise ValueError(f"{PAGE}:{row['line']}: numpy has {mine}, PyTorch {other}")
    return next(iter(results.values()))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    output = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder, open(output, "w", encoding="utf-8") as out:
        os.chdir(folder)  # where lines write their files
        references = {key_of(row): reference_of(row) for row in rows_of(PAGE)}
        given = {name: described(array) for name, array in inputs().items()}
        lines = [json.dumps(key) + ": " + json.dumps(value) for key, value in references.items()]
        out.write('{"inputs": ' + json.dumps(given) + ',\n"results": {\n' + ",\n".join(lines) + "}}\n")


if __name__ == "__main__":
    main()
