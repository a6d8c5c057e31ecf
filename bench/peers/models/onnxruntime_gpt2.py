#!/usr/bin/env python3
"""Checks and times ONNX Runtime on a graph of make_onnx.py and prints one JSON object.

Needs no more than Python and the library that npm's onnxruntime-node carries.
"""
import argparse
import ctypes
import json
from pathlib import Path

import peer
from onnxruntime_api import Runtime, Session, Tensor, find_library


class Gpt2:
    def __init__(self, arguments: argparse.Namespace):
        config = json.loads((arguments.model / "config.json").read_text())
        self.vocab = config["vocab_size"]
        self.heads = config["n_head"]
        self.head_width = config["n_embd"] // config["n_head"]
        self.layers = config["n_layer"]
        self.runtime = Runtime(find_library(arguments.packages))
        self.version = self.runtime.version
        self.graph = Session(self.runtime, arguments.graph / "model.onnx", arguments.threads)

    def session(self, batch: int, capacity: int) -> "Gpt2Session":
        return Gpt2Session(self, batch, capacity)


class Gpt2Session:
    """The cache of a batch: each tensor is past and present at once."""

    def __init__(self, model: Gpt2, batch: int, capacity: int):
        self.model = model
        self.batch = batch
        self.position = 0
        self.past = {}
        self.outputs = {"logits": self.tensor(ctypes.c_float, [batch, model.vocab])}
        for layer in range(model.layers):
            for part in ("key", "value"):
                shape = [batch, model.heads, capacity, model.head_width]
                cache = self.tensor(ctypes.c_float, shape)
                self.past[f"past_{part}.{layer}"] = cache
                self.outputs[f"present_{part}.{layer}"] = cache

    def tensor(self, element, shape: list[int], values=()) -> Tensor:
        return Tensor(self.model.runtime, element, shape, values)

    def rewind(self, position: int) -> None:
        self.position = position

    def forward(self, rows: list[list[int]]) -> None:
        shape = [self.batch, len(rows[0])]
        end = self.position + shape[1]
        inputs = {
            "tokens": self.tensor(ctypes.c_int64, shape, sum(rows, [])),
            "positions": self.tensor(
                ctypes.c_int64, shape, list(range(self.position, end)) * self.batch
            ),
            "seqlens_k": self.tensor(ctypes.c_int32, [self.batch], [end - 1] * self.batch),
            "total_sequence_length": self.tensor(ctypes.c_int32, [], [end]),
        }
        self.model.graph.run(inputs | self.past, self.outputs)
        self.position = end

    def logits(self, sequence: int) -> list[float]:
        vocab = self.model.vocab
        return self.outputs["logits"].data[sequence * vocab : (sequence + 1) * vocab]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", type=Path, required=True, help="folder of make_onnx.py")
    parser.add_argument("--packages", type=Path, required=True, help="where npm installed to")
    parser.add_argument("--name", default="onnxruntime", help="of this peer in the report")
    peer.add_options(parser)
    arguments = parser.parse_args()
    peer.run(arguments.name, lambda: Gpt2(arguments), arguments)


if __name__ == "__main__":
    main()
