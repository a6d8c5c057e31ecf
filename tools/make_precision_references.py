#!/usr/bin/env python3
"""Writes the logits of a GPT-2 whose arithmetic is that of tfm's reduced precisions, emulated in PyTorch.

    tools/make_precision_references.py --model examples/models/tales --tokens tests/data/gpt2/tales/expected.safetensors \\
        --output tests/data/gpt2/tales/precisions.safetensors

Weights are rounded to bf16, or to int8 with a scale per output column; activations to bf16, to int8 with a
scale per row, or to 16 bits with a scale per row; keys and values to bf16, or to int8 with a scale per position
and head. Sums are exact (float64). The file holds, for a sequence of the tokens file,

    tokens                    I64 [count]
    positions                 I64 [rows]          the positions whose logits are kept
    logits.PRECISION.INPUTS   F32 [rows, vocab]   PRECISION is bf16, int8_weights or int8; INPUTS is bf16 where
                                                  the CPU multiplies bf16 by bf16, float where bf16 by fp32
    logits.PRECISION          F32 [rows, vocab]   PRECISION is fp32_kv8 or int8_kv8, whose cache is int8

With --spread it also prints how far evaluations in bf16 lie apart that differ in nothing but the order of float32 sums
and the softmax's blocks of positions: what tests/models/precision_reference_test.cpp may ask of another one.

Needs PyTorch and safetensors.
"""
from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

POSITIONS = [63, 299, 300]
SEQUENCE = 1  # of the tokens file


def to_bf16(x: torch.Tensor) -> torch.Tensor:
    return x.float().bfloat16().double()


def to_integers(x: torch.Tensor, dim: int, limit: int) -> torch.Tensor:
    """The nearest multiples of a scale per row or column that takes its largest magnitude to `limit`."""
    largest = x.float().abs().amax(dim, keepdim=True)
    steps = torch.round(x.float() * (limit / largest))
    return steps.double() * (largest / limit).double()


@dataclass(frozen=True)
class Arithmetic:
    precision: str  # of weights and activations
    inputs: str  # of matmuls with bf16
    cache: str = "bf16"
    block: int = 1 << 20  # positions a softmax takes together; it rounds weights against the largest score so far
    order: int | None = None  # seed of the order in which float32 sums are made; None: sums are exact

    def product(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """(..., rows, in) times (..., in, out)"""
        if self.order is None:
            return x @ w
        order = torch.randperm(x.shape[-1], generator=torch.Generator().manual_seed(self.order))
        return (x[..., order].float() @ w[..., order, :].float()).double()

    def weight(self, w: torch.Tensor) -> torch.Tensor:
        """(in, out)"""
        if self.precision == "fp32":
            return w
        return to_bf16(w) if self.precision == "bf16" else to_integers(w, 0, 127)

    def activations(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, in)"""
        if self.precision == "fp32":
            return x
        if self.precision == "bf16":
            return self.cache_inputs(x)
        return to_integers(x, 1, 127 if self.precision == "int8" else 127 * 256)

    def cached(self, x: torch.Tensor) -> torch.Tensor:
        """(heads, positions, width)"""
        if self.cache == "fp32":
            return x
        return to_bf16(x) if self.cache == "bf16" else to_integers(x, -1, 127)

    def cache_inputs(self, x: torch.Tensor) -> torch.Tensor:
        """(..., width) or (..., positions)"""
        if self.cache == "int8":
            return to_integers(x, -1, 127 * 256)
        return to_bf16(x) if self.inputs == "bf16" else x


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, arithmetic: Arithmetic) -> torch.Tensor:
    """(heads, positions, width) each. Softmax weights are rounded before they are normalised."""
    scores = arithmetic.product(arithmetic.cache_inputs(q), arithmetic.cached(k).transpose(1, 2)) / q.shape[-1] ** 0.5
    scores += torch.full(scores.shape[1:], float("-inf"), dtype=torch.float64).triu(1)
    largest = torch.full((*scores.shape[:2], 1), float("-inf"), dtype=torch.float64)
    total, attended = torch.zeros_like(largest), torch.zeros_like(q)
    blocks = zip(scores.split(arithmetic.block, -1), arithmetic.cached(v).split(arithmetic.block, 1))
    for block_scores, values in blocks:
        so_far, largest = largest, torch.maximum(largest, block_scores.amax(-1, keepdim=True))
        weights, correction = torch.exp(block_scores - largest), torch.exp(so_far - largest)
        total = total * correction + weights.sum(-1, keepdim=True)
        attended = attended * correction + arithmetic.product(arithmetic.cache_inputs(weights), values)
    return attended / total


def balanced(tensors: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    """The same model with inputs and rows of weights of one magnitude: factors sqrt(input / row) of geometric mean 1."""
    tensors = dict(tensors)
    for layer in range(layers):
        for norm, reader in (("ln_1", "attn.c_attn"), ("ln_2", "mlp.c_fc")):
            gain, bias = (tensors[f"h.{layer}.{norm}.{part}"] for part in ("weight", "bias"))
            weight = tensors[f"h.{layer}.{reader}.weight"]
            factors = ((4 * gain.abs() + bias.abs()) / weight.abs().amax(1)).sqrt()
            factors /= factors.log().mean().exp()
            tensors[f"h.{layer}.{norm}.weight"], tensors[f"h.{layer}.{norm}.bias"] = gain / factors, bias / factors
            tensors[f"h.{layer}.{reader}.weight"] = weight * factors[:, None]
    return tensors


@torch.no_grad()
def logits(tensors: dict[str, torch.Tensor], config: dict, tokens: torch.Tensor, arithmetic: Arithmetic) -> torch.Tensor:
    width, heads, epsilon = config["n_embd"], config["n_head"], config["layer_norm_epsilon"]

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        weight = arithmetic.weight(tensors[f"{name}.weight"])
        return arithmetic.product(arithmetic.activations(x), weight) + tensors[f"{name}.bias"]

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (width,), tensors[f"{name}.weight"], tensors[f"{name}.bias"], epsilon)

    embedding = arithmetic.weight(tensors["wte.weight"].t())
    x = embedding.t()[tokens] + tensors["wpe.weight"][: len(tokens)]
    for layer in range(config["n_layer"]):
        block = f"h.{layer}"
        # Q, K and V have scales per column, so that one matrix is quantised like three.
        qkv = linear(norm(x, f"{block}.ln_1"), f"{block}.attn.c_attn")
        q, k, v = (part.reshape(len(tokens), heads, -1).transpose(0, 1) for part in qkv.split(width, 1))
        attended = attention(q, k, v, arithmetic).transpose(0, 1).reshape(len(tokens), width)
        x = x + linear(attended, f"{block}.attn.c_proj")
        hidden = F.gelu(linear(norm(x, f"{block}.ln_2"), f"{block}.mlp.c_fc"), approximate="tanh")
        x = x + linear(hidden, f"{block}.mlp.c_proj")
    return arithmetic.product(arithmetic.activations(norm(x, "ln_f")), embedding)


def print_spread(tensors: dict[str, torch.Tensor], config: dict, tokens: torch.Tensor) -> None:
    """Mean and largest difference of any two evaluations in bf16, over the exact logits' standard deviation."""
    deviation = logits(tensors, config, tokens, Arithmetic("fp32", "float", "fp32"))[POSITIONS].std(unbiased=False)
    variants = itertools.product((64, 128, 1 << 20), (None, 1, 2, 3))
    found = [
        logits(tensors, config, tokens, Arithmetic("bf16", "bf16", block=block, order=order))[POSITIONS]
        for block, order in variants
    ]
    pairs = [(a - b).abs() / deviation for a, b in itertools.combinations(found, 2)]
    for name, measure in (("mean", torch.mean), ("largest", torch.amax)):
        values = [measure(pair).item() for pair in pairs]
        print(f"{name} difference of {len(pairs)} pairs: {min(values):.4f} to {max(values):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face folder of a GPT-2")
    parser.add_argument("--tokens", type=Path, required=True, help="file with a tensor tokens.N")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--spread", action="store_true", help="print how far evaluations in bf16 lie apart")
    arguments = parser.parse_args()
    config = json.loads((arguments.model / "config.json").read_text())
    stored = load_file(arguments.model / "model.safetensors")
    tensors = {name.removeprefix("transformer."): value.double() for name, value in stored.items()}
    tokens = load_file(arguments.tokens)[f"tokens.{SEQUENCE}"]
    values = {"tokens": tokens, "positions": torch.tensor(POSITIONS)}
    for precision in ("bf16", "int8_weights", "int8"):
        model = tensors if precision == "bf16" else balanced(tensors, config["n_layer"])
        for inputs in ("bf16", "float"):
            rows = logits(model, config, tokens, Arithmetic(precision, inputs))[POSITIONS]
            values[f"logits.{precision}.{inputs}"] = rows.float().contiguous()
    for precision in ("fp32", "int8"):
        model = tensors if precision == "fp32" else balanced(tensors, config["n_layer"])
        rows = logits(model, config, tokens, Arithmetic(precision, "float", cache="int8"))[POSITIONS]
        values[f"logits.{precision}_kv8"] = rows.float().contiguous()
    save_file(values, arguments.output)
    if arguments.spread:
        print_spread(tensors, config, tokens)


if __name__ == "__main__":
    main()
