#!/usr/bin/env python3
"""Writes what numpy, scipy and PyTorch make of the figures in include/tfm/eval.

    tools/make_eval_references.py [--model examples/models/tales] [--output tests/data/eval]

writes OUTPUT/library.json, for logits that the tests make by the same formulas as `rows` below, and
OUTPUT/tales.json, for the shipped model over OUTPUT/story.txt:

    perplexity  a list of settings of `tfm perplexity` and what it must find
    compare     the same for `tfm compare`, with a candidate whose last two blocks have changed places

All is computed in float64. Needs numpy, scipy and PyTorch, 1.13 or later.
"""
from __future__ import annotations

import argparse
import json
import re
import struct
from pathlib import Path

import numpy as np
import scipy.stats
import torch
import torch.nn.functional as F

import gpt2_torch

ROOT = Path(__file__).resolve().parent.parent
BLOCK, RESAMPLES, CONFIDENCE, SEED = 64, 2000, 0.95, 0


class Mt19937_64:
    """The 64-bit Mersenne Twister (Nishimura 2000), written from its recurrence."""

    def __init__(self, seed: int):
        self.state = [seed]
        for i in range(1, 312):
            last = self.state[-1]
            self.state.append((6364136223846793005 * (last ^ last >> 62) + i) % 2**64)
        self.next = 312

    def twist(self) -> None:
        for i in range(312):
            x = (self.state[i] >> 31 << 31) | (self.state[(i + 1) % 312] & 0x7FFFFFFF)
            turned = x >> 1 ^ (0xB5026F5AA96619E9 if x & 1 else 0)
            self.state[i] = self.state[(i + 156) % 312] ^ turned
        self.next = 0

    def draw(self) -> int:
        if self.next == 312:
            self.twist()
        x = self.state[self.next]
        self.next += 1
        x ^= x >> 29 & 0x5555555555555555
        x ^= x << 17 & 0x71D67FFFEDA60000
        x ^= x << 37 & 0xFFF7EEE000000000
        return x ^ x >> 43

    def below(self, bound: int) -> int:
        while (drawn := self.draw()) >= 2**64 - 2**64 % bound:
            pass
        return drawn % bound


def bootstrap(values: np.ndarray) -> list[float]:
    """The interval of the mean that tfm's generator leads to: the ends of the middle 95 %."""
    sums = [values[i : i + BLOCK].sum() for i in range(0, len(values), BLOCK)]
    sizes = [len(values[i : i + BLOCK]) for i in range(0, len(values), BLOCK)]
    random = Mt19937_64(SEED)
    means = []
    for _ in range(RESAMPLES):
        drawn = [random.below(len(sums)) for _ in sums]
        means.append(sum(sums[i] for i in drawn) / sum(sizes[i] for i in drawn))
    tail = (1 - CONFIDENCE) / 2
    return np.quantile(means, [tail, 1 - tail]).tolist()


def scipy_bootstrap(values: np.ndarray) -> list[float]:
    """The same interval by scipy, with many more resamples of its own."""
    whole = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(1)
    found = scipy.stats.bootstrap(
        (whole,), np.mean, n_resamples=100000, confidence_level=CONFIDENCE, method="percentile",
        random_state=np.random.default_rng(1), batch=1000)  # fmt: skip
    return [found.confidence_interval.low, found.confidence_interval.high]


def top_agreement(reference: np.ndarray, candidate: np.ndarray, k: int) -> float:
    """Of equally likely tokens the smaller id comes first."""
    tops = (np.argsort(-rows, axis=1, kind="stable")[:, :k] for rows in (reference, candidate))
    return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(*tops)]))


def compare(reference: torch.Tensor, candidate: torch.Tensor, tokens: torch.Tensor) -> dict:
    """Rows of logits [tokens, vocab] in float64, and the token that comes next in each."""
    p, q = F.log_softmax(reference, 1), F.log_softmax(candidate, 1)
    losses = [F.nll_loss(x, tokens, reduction="none").numpy() for x in (p, q)]
    divergence = F.kl_div(q, p, log_target=True, reduction="none").sum(1)
    difference = (candidate - reference).abs().flatten()
    summary = [difference.mean().item(), np.quantile(difference.numpy(), 0.5), difference.max().item()]
    a, b = reference.numpy(), candidate.numpy()
    return {
        "perplexities": [float(np.exp(x.mean())) for x in losses],
        "perplexity_intervals": [np.exp(bootstrap(x)).tolist() for x in losses],
        "ratio": float(np.exp((losses[1] - losses[0]).mean())),
        "ratio_interval": np.exp(bootstrap(losses[1] - losses[0])).tolist(),
        "kl_mean": divergence.mean().item(),
        "kl_max": divergence.max().item(),
        "top1": top_agreement(a, b, 1),
        "top5": top_agreement(a, b, 5),
        "difference": [float(x) for x in summary],
        "deviation": float(a.std()),
    }


def rows(count: int, vocab: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two models' logits and the next tokens, by formulas without rounding that C++ repeats."""
    i, j = np.arange(count)[:, None], np.arange(vocab)[None]
    reference = ((131 * i + 17 * j * j + 29 * i * j) % 251 - 125) / 16
    candidate = reference + ((37 * i + 101 * j + i * j) % 41 - 20) / 64
    tokens = (53 * np.arange(count) + 7) % vocab
    return torch.tensor(reference), torch.tensor(candidate), torch.tensor(tokens)


def library() -> dict:
    cases = []
    for count, vocab in [(512, 97), (130, 3)]:
        reference, candidate, tokens = rows(count, vocab)
        losses = [F.cross_entropy(x, tokens, reduction="none").numpy() for x in (reference, candidate)]
        case = {"rows": count, "vocab": vocab, **compare(reference, candidate, tokens)}
        case["ratio_interval_of_scipy"] = np.exp(scipy_bootstrap(losses[1] - losses[0])).tolist()
        cases.append(case)
    return {"cases": cases}


def load_tales(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of model.safetensors in float64, named as in gpt2_torch."""
    content = (folder / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(content[begin:end], "<u2").astype("<u4") << 16).view("<f4")
        else:
            values = np.frombuffer(content[begin:end], {"F32": "<f4", "F16": "<f2"}[entry["dtype"]])
        tensor = torch.tensor(values.astype("f8").reshape(entry["shape"]))
        tensors[name.removeprefix("transformer.")] = tensor
    return tensors


def model_of(config: dict, tensors: dict[str, torch.Tensor]) -> gpt2_torch.Gpt2:
    shape = gpt2_torch.Shape(config["vocab_size"], config["n_positions"], config["n_embd"], config["n_head"],
                             config["n_layer"], 0.0)  # fmt: skip
    model = gpt2_torch.Gpt2(shape).double().eval()
    model.load_state_dict(tensors)
    return model


def swap_last_blocks(tensors: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    other = {f"h.{layers - 1}.": f"h.{layers - 2}.", f"h.{layers - 2}.": f"h.{layers - 1}."}
    swapped = {}
    for name, tensor in tensors.items():
        block = re.match(r"h\.\d+\.", name)
        if block and block[0] in other:
            name = other[block[0]] + name.removeprefix(block[0])
        swapped[name] = tensor
    return swapped


def encode(folder: Path, text: str) -> list[int]:
    """Byte-level BPE as GPT-2's, for text in ASCII."""
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")
    ranks = {tuple(line.split()): rank for rank, line in enumerate(lines[1:]) if line}
    pattern = r"'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+"
    ids = []
    for word in re.findall(pattern, text):
        parts = list(word.replace(" ", "\u0120").replace("\n", "\u010a"))
        while len(parts) > 1:
            rank, place = min((ranks.get(pair, len(ranks)), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == len(ranks):
                break
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        ids += [vocabulary[part] for part in parts]
    return ids


@torch.no_grad()
def scored(model: gpt2_torch.Gpt2, ids: list[int], window: int, stride: int) -> tuple[torch.Tensor, ...]:
    """The logits for every scored token, and those tokens: the loop of Hugging Face's guide, with
    labels of -100 for what is read only and the shift by one that transformers applies."""
    all_logits, all_labels, previous_end = [], [], 0
    for begin in range(0, len(ids), stride):
        end = min(begin + window, len(ids))
        labels = torch.tensor(ids[begin:end])
        logits = model(labels[None])[0]
        labels[: -(end - previous_end)] = -100
        kept = labels[1:] != -100
        all_logits.append(logits[:-1][kept])
        all_labels.append(labels[1:][kept])
        previous_end = end
        if end == len(ids):
            break
    return torch.cat(all_logits), torch.cat(all_labels)


def tales(folder: Path, text: str) -> dict:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = load_tales(folder)
    model = model_of(config, tensors)
    ids = encode(folder, text)
    settings = [(None, 512, 256), (400, 128, 64), (200, 64, 16), (257, 64, 64), (2, 512, 256)]
    cases = []
    for count, window, stride in settings:
        logits, tokens = scored(model, ids[:count], window, stride)
        losses = F.cross_entropy(logits, tokens, reduction="none").numpy()
        case = {"max_tokens": count, "window": window, "stride": stride, "scored": len(losses)}
        case["perplexity"] = float(np.exp(losses.mean()))
        case["interval"] = np.exp(bootstrap(losses)).tolist() if len(losses) > BLOCK else None
        cases.append(case)
    other = model_of(config, swap_last_blocks(tensors, config["n_layer"]))
    pair = [scored(m, ids, 512, 256) for m in (model, other)]
    return {"tokens": ids, "perplexity": cases, "compare": compare(pair[0][0], pair[1][0], pair[0][1])}


def causal_attention(q, k, v, is_causal=True, dropout_p=0.0):
    """PyTorch 2's, for PyTorch 1.13."""
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return torch.softmax(scores.masked_fill(later, float("-inf")), -1) @ v


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=ROOT / "examples/models/tales")
    parser.add_argument("--output", type=Path, default=ROOT / "tests/data/eval")
    arguments = parser.parse_args()
    if not hasattr(F, "scaled_dot_product_attention"):
        F.scaled_dot_product_attention = causal_attention
    text = (arguments.output / "story.txt").read_text(encoding="ascii")
    for name, values in [("library", library()), ("tales", tales(arguments.model, text))]:
        (arguments.output / f"{name}.json").write_text(json.dumps(values) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
