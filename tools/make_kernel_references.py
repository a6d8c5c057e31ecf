#!/usr/bin/env python3
"""Writes tests/data/kernels/pytorch.safetensors: PyTorch's results for the kernels' inputs.

usage: make_kernel_references.py [OUTPUT]

The outside witness of include/tfm/kernels and of its oracle, kernels/reference.hpp. Inputs are
float32; PyTorch computes in float64 and the results are rounded to float32 once, so that they are
right to the last bit and small errors of the kernels can be seen. Tensors are named CASE.ROLE;
tests/kernels/pytorch_test.cpp says which roles each kernel has. Needs torch (1.13 or later).
"""

import json
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "tests/data/kernels/pytorch.safetensors"


class References:
    """Named float32 tensors, and their inputs drawn from one seeded generator."""

    def __init__(self):
        self.tensors = {}
        self.generator = torch.Generator().manual_seed(20240229)

    def draw(self, case, role, *shape, scale=1.0, offset=0.0, dtype=torch.float32):
        """A normal sample that dtype holds, recorded as an input; in float64 to compute with."""
        sample = torch.randn(*shape, generator=self.generator) * scale + offset
        sample = sample.to(dtype).float()
        self.record(case, role, sample)
        return sample.double()

    def record(self, case, role, tensor):
        self.tensors[f"{case}.{role}"] = tensor.detach().float().contiguous()

    def write(self, path):
        """The safetensors format: length of the header, the header in JSON, the bytes."""
        header, data = {}, b""
        for name, tensor in self.tensors.items():
            content = struct.pack(f"<{tensor.numel()}f", *tensor.flatten().tolist())
            offsets = [len(data), len(data) + len(content)]
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
            data += content
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-(8 + len(text)) % 8)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return 8 + len(text) + len(data)


def layer_norm(references):
    sizes = [(1, 0, 1), (17, 0, 1), (64, 5, 0.1), (100, 0, 1000), (768, 0.5, 2)]
    for width, offset, scale in sizes:
        case = f"layer_norm.{width}"
        x = references.draw(case, "x", 3, width, scale=scale, offset=offset)
        gain = references.draw(case, "gain", width, offset=1)
        bias = references.draw(case, "bias", width)
        references.record(case, "out", F.layer_norm(x, (width,), gain, bias, eps=1e-5))


def softmax(references):
    for width, scale in [(1, 1), (5, 1), (33, 10), (100, 100), (257, 3)]:
        case = f"softmax.{width}"
        x = references.draw(case, "x", 3, width, scale=scale)
        references.record(case, "out", F.softmax(x, dim=-1))


def gelu(references):
    special = [0.0, -0.0, 1e-45, -1e-45, 1e-30, -1e-30, 1e-5, -1e-5, 100.0, -100.0, 1e30, -1e30]
    grid = torch.cat([torch.linspace(-12, 12, 963), torch.tensor(special)]).reshape(1, -1)
    references.record("gelu", "x", grid)
    references.record("gelu", "exact", F.gelu(grid.double(), approximate="none"))
    references.record("gelu", "tanh", F.gelu(grid.double(), approximate="tanh"))


def linear(references):
    """nn.Linear's orientation: the weight is (out, in)."""
    for rows, k, n in [(1, 1, 1), (1, 33, 65), (7, 17, 31), (13, 100, 48), (2, 256, 33)]:
        case = f"linear.{rows}x{k}x{n}"
        x = references.draw(case, "x", rows, k)
        weight = references.draw(case, "weight", n, k, scale=k**-0.5)
        bias = references.draw(case, "bias", n)
        residual = references.draw(case, "residual", rows, n)
        y = F.linear(x, weight, bias)
        references.record(case, "out", y)
        references.record(case, "gelu", F.gelu(y, approximate="none"))
        references.record(case, "gelu_tanh", F.gelu(y, approximate="tanh"))
        references.record(case, "residual_out", y + residual)


def scaled_dot_product_attention(q, k, v, mask=None, is_causal=False):
    """PyTorch's own; before 2.0 it has another name and returns the weights too."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal)
    function = torch._C._nn._scaled_dot_product_attention
    return function(q, k, v, attn_mask=mask, is_causal=is_causal)[0]


def attention(references):
    """(rows of q, positions before the first of them, head width)."""
    sizes = [(1, 0, 1), (9, 0, 5), (40, 0, 16), (1, 140, 17), (7, 30, 64), (20, 3, 80)]
    for rows, first, width in sizes:
        case = f"attention.{rows}+{first}x{width}"
        positions = first + rows
        q = references.draw(case, "q", rows, width, scale=2)
        k = references.draw(case, "k", positions, width)
        v = references.draw(case, "v", positions, width)
        visible = torch.ones(rows, positions, dtype=torch.bool).tril(first)
        out = scaled_dot_product_attention(q[None], k[None], v[None], visible[None])[0]
        references.record(case, "out", out)


def matmul(references):
    """Two matrices whose elements bf16 holds, too."""
    for m, k, n in [(1, 1, 1), (3, 5, 4), (17, 40, 33), (2, 9, 130)]:
        case = f"matmul.{m}x{k}x{n}"
        a = references.draw(case, "a", m, k, dtype=torch.bfloat16)
        b = references.draw(case, "b", k, n, scale=k**-0.5, dtype=torch.bfloat16)
        references.record(case, "out", a @ b)


def batched_attention(references):
    """(batch, heads, time, width), of elements that bf16 holds, too; 1 in a mask "allowed" is True.

    What other versions call enable_gqa and scale is done by hand: each head of keys serves
    neighbouring heads of queries, and the factor beside 1 / sqrt(width) goes to the queries.
    """
    cases = [
        ("plain", (2, 3, 3, 5, 9, 16), {}),
        ("causal", (1, 2, 2, 20, 20, 8), {"is_causal": True}),
        ("more_keys", (1, 2, 2, 5, 9, 8), {"is_causal": True}),
        ("fewer_keys", (1, 2, 2, 9, 5, 8), {"is_causal": True}),
        ("gqa", (2, 6, 2, 4, 10, 8), {}),
        ("scaled", (1, 2, 2, 4, 7, 8), {"scale": 0.25}),
        ("allowed", (1, 2, 1, 6, 140, 8), {"mask": (1, 1, 6, 140)}),
        ("padding", (2, 2, 2, 3, 20, 8), {"mask": (2, 1, 1, 20)}),
        ("bias", (2, 4, 4, 6, 20, 5), {"bias": (1, 4, 6, 20)}),
    ]
    for name, (batch, heads, kv_heads, queries, keys, width), options in cases:
        case = f"batched_attention.{name}"
        draw = lambda role, *shape: references.draw(case, role, *shape, dtype=torch.bfloat16)
        q = draw("q", batch, heads, queries, width)
        k = draw("k", batch, kv_heads, keys, width)
        v = draw("v", batch, kv_heads, keys, width)
        mask = None
        if "bias" in options:
            mask = draw("bias", *options["bias"])
        if "mask" in options:
            mask = torch.rand(*options["mask"], generator=references.generator) < 0.5
            mask[..., 0] = True
            references.record(case, "allowed", mask)
        factor = options["scale"] * width**0.5 if "scale" in options else 1.0
        shared = [x.repeat_interleave(heads // kv_heads, 1) for x in (k, v)]
        causal = options.get("is_causal", False)
        out = scaled_dot_product_attention(q * factor, *shared, mask, causal)
        references.record(case, "out", out)


def main():
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    references = References()
    for make in [layer_norm, softmax, gelu, linear, attention, matmul, batched_attention]:
        make(references)
    print(f"{output}: {len(references.tensors)} tensors, {references.write(output)} bytes")


if __name__ == "__main__":
    main()
