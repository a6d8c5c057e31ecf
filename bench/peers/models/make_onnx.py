#!/usr/bin/env python3
"""Writes the graph of a GPT-2 for ONNX Runtime's CPU provider, from a Hugging Face folder.

The graph has ONNX Runtime's own fused operators, and GroupQueryAttention, whose past and present
may be one buffer: a step then appends to the cache and copies nothing.

Inputs: tokens and positions, int64 [batch, rows]; seqlens_k, int32 [batch], the last position of
each sequence; total_sequence_length, int32 []; past_key.N and past_value.N, float [batch, heads,
capacity, head width]. Outputs: logits, float [batch, vocab], of the last row; present_key.N and
present_value.N, like the past.
"""
import argparse
import shutil
from pathlib import Path

import numpy as np
import onnx
from checkpoint import Checkpoint
from onnx import TensorProto, helper, numpy_helper

CONTRIB = "com.microsoft"
INLINE_BYTES = 1024
PAGE = 4096


def tensor_type(dtype: np.dtype) -> int:
    """ONNX's number of a NumPy type; before ONNX 1.13 it is in a table."""
    if hasattr(helper, "np_dtype_to_tensor_dtype"):
        return helper.np_dtype_to_tensor_dtype(dtype)
    return helper.mapping.NP_TYPE_TO_TENSOR_TYPE[dtype]


class Graph:
    """Nodes and constants; the large constants go to a file of their own as they come."""

    def __init__(self, data_file):
        self.nodes = []
        self.constants = []
        self.data_file = data_file

    def constant(self, name: str, values: np.ndarray) -> str:
        if values.nbytes <= INLINE_BYTES:
            self.constants.append(numpy_helper.from_array(np.asarray(values), name))
            return name
        self.data_file.seek(-self.data_file.tell() % PAGE, 1)
        tensor = TensorProto(
            name=name,
            dims=values.shape,
            data_type=tensor_type(values.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        place = {
            "location": Path(self.data_file.name).name,
            "offset": self.data_file.tell(),
            "length": values.nbytes,
        }
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        np.ascontiguousarray(values).tofile(self.data_file)
        self.constants.append(tensor)
        return name

    def node(self, operator: str, inputs: list[str], output: str | list[str], **attributes) -> str:
        """Appends a node and returns the name of its first output."""
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=outputs[0], **attributes))
        return outputs[0]


class Fp32Weights:
    """Products with the weights as they are."""

    def __init__(self, graph: Graph):
        self.graph = graph

    def embedding(self, name: str, values: np.ndarray, ids: str) -> str:
        table = self.graph.constant(f"{name}.table", values)
        return self.graph.node("Gather", [table, ids], name)

    def linear(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray | None = None) -> str:
        """`x` times a weight of (inputs, outputs)."""
        matrix = self.graph.constant(f"{name}.weight", weight)
        if bias is None:
            return self.graph.node("MatMul", [x, matrix], name)
        product = self.graph.node("MatMul", [x, matrix], f"{name}.product")
        return self.graph.node("Add", [product, self.graph.constant(f"{name}.bias", bias)], name)

    def head(self, name: str, x: str, checkpoint: Checkpoint) -> str:
        """A tied head is the table of the embedding."""
        if checkpoint.is_tied:
            return self.graph.node("Gemm", [x, "wte.table"], name, transB=1)
        return self.linear(name, x, checkpoint.head.T)


def quantize(values: np.ndarray, axis: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Integers of at most `limit` in size, with a scale for all values along `axis`, kept as 1."""
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-20).astype(np.float32) / limit
    return np.rint(values / scale), scale


class QuantizedWeights:
    """What both ways of int8 have in common: an embedding of a scale for every token."""

    def __init__(self, graph: Graph):
        self.graph = graph

    def embedding(self, name: str, values: np.ndarray, ids: str) -> str:
        graph = self.graph
        integers, scale = quantize(values, 1, 127)
        table = graph.constant(f"{name}.table", integers.astype(np.int8))
        scales = graph.constant(f"{name}.scales", scale)
        row = graph.node("Gather", [table, ids], f"{name}.row")
        row_scale = graph.node("Gather", [scales, ids], f"{name}.row_scale")
        floats = graph.node("Cast", [row], f"{name}.floats", to=TensorProto.FLOAT)
        return graph.node("Mul", [floats, row_scale], name)

    def head(self, name: str, x: str, checkpoint: Checkpoint) -> str:
        return self.linear(name, x, checkpoint.head.T)


class DynamicInt8Weights(QuantizedWeights):
    """Weights of a scale per column; inputs quantised on the way, a scale for all of them."""

    def __init__(self, graph: Graph, weight_bits: int):
        super().__init__(graph)
        self.limit = 2 ** (weight_bits - 1) - 1

    def linear(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray | None = None) -> str:
        integers, scale = quantize(weight, 0, self.limit)
        matrix = self.graph.constant(f"{name}.weight", integers.astype(np.int8))
        inputs = [x, matrix, self.graph.constant(f"{name}.scale", scale[0])]
        if bias is not None:
            inputs += ["", self.graph.constant(f"{name}.bias", bias)]
        return self.graph.node("DynamicQuantizeMatMul", inputs, name, domain=CONTRIB)


class WeightOnlyInt8Weights(QuantizedWeights):
    """Weights of a scale for each block of inputs and each output."""

    def __init__(self, graph: Graph, block_size: int):
        super().__init__(graph)
        self.block_size = block_size

    def linear(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray | None = None) -> str:
        size, (rows, columns) = self.block_size, weight.shape
        blocks = -(-rows // size)
        padded = np.zeros((columns, blocks * size), np.float32)
        padded[:, :rows] = weight.T
        integers, scale = quantize(padded.reshape(columns, blocks, size), 2, 127)
        matrix = self.graph.constant(f"{name}.weight", (integers + 128).astype(np.uint8))
        inputs = [x, matrix, self.graph.constant(f"{name}.scale", scale[..., 0])]
        if bias is not None:
            inputs += ["", "", self.graph.constant(f"{name}.bias", bias)]
        return self.graph.node(
            "MatMulNBits",
            inputs,
            name,
            domain=CONTRIB,
            K=rows,
            N=columns,
            bits=8,
            block_size=size,
            accuracy_level=4,
        )


class Decoder:
    """Adds GPT-2's forward pass to a graph."""

    def __init__(self, graph: Graph, weights, checkpoint: Checkpoint):
        self.graph = graph
        self.weights = weights
        self.checkpoint = checkpoint

    def parameters(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        tensors = self.checkpoint.tensors
        return tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    def norm_parameters(self, name: str) -> list[str]:
        weight, bias = self.parameters(name)
        constant = self.graph.constant
        return [constant(f"{name}.weight", weight), constant(f"{name}.bias", bias)]

    def product(self, name: str, x: str) -> tuple[str, str]:
        """A linear layer without its bias, and the bias."""
        weight, bias = self.parameters(name)
        return self.weights.linear(name, x, weight), self.graph.constant(f"{name}.bias", bias)

    def add_and_norm(self, name: str, residual: str, update: tuple[str, str]) -> tuple[str, str]:
        """The norm of residual + update, and that sum."""
        product, bias = update
        epsilon = self.checkpoint.config.layer_norm_epsilon
        inputs = [residual, product, *self.norm_parameters(name), bias]
        outputs = [name, "", "", f"{name}.sum"]
        self.graph.node("SkipLayerNormalization", inputs, outputs, domain=CONTRIB, epsilon=epsilon)
        return name, f"{name}.sum"

    def attention(self, index: int, x: str) -> tuple[str, str]:
        name = f"h.{index}.attn"
        qkv = self.weights.linear(f"{name}.c_attn", x, *self.parameters(f"{name}.c_attn"))
        past = [f"past_key.{index}", f"past_value.{index}"]
        present = [f"present_key.{index}", f"present_value.{index}"]
        heads = self.checkpoint.config.n_head
        self.graph.node(
            "GroupQueryAttention",
            [qkv, "", "", *past, "seqlens_k", "total_sequence_length"],
            [name, *present],
            domain=CONTRIB,
            num_heads=heads,
            kv_num_heads=heads,
        )
        return self.product(f"{name}.c_proj", name)

    def mlp(self, index: int, x: str) -> tuple[str, str]:
        name = f"h.{index}.mlp"
        up = self.product(f"{name}.c_fc", x)
        active = self.graph.node("FastGelu", list(up), name, domain=CONTRIB)
        return self.product(f"{name}.c_proj", active)

    def forward(self) -> None:
        graph, tensors, config = self.graph, self.checkpoint.tensors, self.checkpoint.config
        token = self.weights.embedding("wte", tensors["wte.weight"], "tokens")
        positions = graph.constant("wpe.table", tensors["wpe.weight"])
        position = graph.node("Gather", [positions, "positions"], "wpe")
        residual = graph.node("Add", [token, position], "embedding")
        norm = graph.node(
            "LayerNormalization",
            [residual, *self.norm_parameters("h.0.ln_1")],
            "h.0.ln_1",
            epsilon=config.layer_norm_epsilon,
        )
        for i in range(config.n_layer):
            norm, residual = self.add_and_norm(f"h.{i}.ln_2", residual, self.attention(i, norm))
            next_norm = f"h.{i + 1}.ln_1" if i + 1 < config.n_layer else "ln_f"
            norm, residual = self.add_and_norm(next_norm, residual, self.mlp(i, norm))
        last = graph.constant("last", np.array(-1, np.int64))
        row = graph.node("Gather", [norm, last], "last_row", axis=1)
        self.weights.head("logits", row, self.checkpoint)


def interface(config) -> tuple[list, list]:
    """The declarations of inputs and outputs."""
    value = helper.make_tensor_value_info
    cache = ["batch", config.n_head, "capacity", config.n_embd // config.n_head]
    inputs = [
        value("tokens", TensorProto.INT64, ["batch", "rows"]),
        value("positions", TensorProto.INT64, ["batch", "rows"]),
        value("seqlens_k", TensorProto.INT32, ["batch"]),
        value("total_sequence_length", TensorProto.INT32, []),
    ]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", config.vocab_size])]
    for i in range(config.n_layer):
        for part in ("key", "value"):
            inputs.append(value(f"past_{part}.{i}", TensorProto.FLOAT, cache))
            outputs.append(value(f"present_{part}.{i}", TensorProto.FLOAT, cache))
    return inputs, outputs


def cpu_has(flag: str) -> bool:
    return flag in Path("/proc/cpuinfo").read_text().split()


def write_graph(folder: Path, checkpoint: Checkpoint, make_weights) -> None:
    with open(folder / "model.onnx.data", "wb") as data_file:
        graph = Graph(data_file)
        Decoder(graph, make_weights(graph), checkpoint).forward()
    inputs, outputs = interface(checkpoint.config)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "gpt2", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)],
        ir_version=8,
    )
    onnx.save(model, str(folder / "model.onnx"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face folder of a GPT-2")
    parser.add_argument("--output", type=Path, required=True, help="folder to write model.onnx to")
    parser.add_argument("--precision", choices=["fp32", "int8", "int8-weights"], default="fp32")
    parser.add_argument(
        "--block-size", type=int, default=128, help="of int8-weights (default: %(default)s)"
    )
    # Without VNNI, ONNX Runtime adds pairs of products in 16 bits, which overflow with 8-bit weights.
    vnni = cpu_has("avx512_vnni") or cpu_has("avx_vnni")
    parser.add_argument(
        "--weight-bits",
        type=int,
        default=8 if vnni else 7,
        help="of int8 (default: 8 on a processor with VNNI, else 7, as quantize_dynamic's reduce_range)",
    )
    arguments = parser.parse_args()
    make_weights = {
        "fp32": Fp32Weights,
        "int8": lambda graph: DynamicInt8Weights(graph, arguments.weight_bits),
        "int8-weights": lambda graph: WeightOnlyInt8Weights(graph, arguments.block_size),
    }[arguments.precision]
    unfinished = arguments.output.with_name(arguments.output.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    write_graph(unfinished, Checkpoint(arguments.model), make_weights)
    shutil.rmtree(arguments.output, ignore_errors=True)
    unfinished.rename(arguments.output)


if __name__ == "__main__":
    main()
