#!/usr/bin/env python3
"""Makes a folder for tfm of a model.bin of llama2.c (https://github.com/karpathy/llama2.c), in float32:

    tools/convert_llama2c.py stories15M.bin --output FOLDER

writes model.safetensors and config.json of a Llama. Versions 0 and 1 of the format are read; version 2 is
quantised. The tokenizer is Llama 2's: its tokenizer.json goes beside them.

The pairs of features that rotary positions turn lie side by side in llama2.c and in halves in transformers, so
the rows of queries and keys are reordered.
"""
from __future__ import annotations

import argparse
import math
import struct
from dataclasses import dataclass
from pathlib import Path

from safetensors_file import StoredTensor, write_config, write_safetensors

MAGIC = 0x616B3432


@dataclass(frozen=True)
class Sizes:
    width: int
    mlp_width: int
    layers: int
    heads: int
    kv_heads: int
    vocab: int
    context: int
    is_tied: bool

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def key_width(self) -> int:
        return self.kv_heads * self.head_width


def read_header(data: memoryview, path: Path) -> tuple[Sizes, int, int]:
    """The sizes, the version, and where the weights begin."""
    magic, version = struct.unpack_from("<Ii", data)
    if magic != MAGIC:
        numbers = struct.unpack_from("<7i", data)
        return Sizes(*numbers[:5], abs(numbers[5]), numbers[6], numbers[5] > 0), 0, 28
    if version != 1:
        raise SystemExit(f"{path}: expected version 0 or 1 of the format, found {version}; export in float32")
    numbers = struct.unpack_from("<7i?", data, 8)
    return Sizes(*numbers[:7], numbers[7]), 1, 256


def shapes_of(sizes: Sizes, version: int) -> list[tuple[str, tuple[int, ...]]]:
    """The names that Hugging Face's Llama gives the weights, and their extents, in the order of the file. `{}`
    is the number of a layer: a name with it stands for a tensor of each."""
    width, keys, mlp = sizes.width, sizes.key_width, sizes.mlp_width
    layer = "model.layers.{}."
    embedding = [("model.embed_tokens.weight", (sizes.vocab, width))]
    norm = [(layer + "input_layernorm.weight", (width,))]
    mlp_norm = [(layer + "post_attention_layernorm.weight", (width,))]
    attention = [
        (layer + "self_attn.q_proj.weight", (width, width)),
        (layer + "self_attn.k_proj.weight", (keys, width)),
        (layer + "self_attn.v_proj.weight", (keys, width)),
        (layer + "self_attn.o_proj.weight", (width, width)),
    ]
    gated = [
        (layer + "mlp.gate_proj.weight", (mlp, width)),
        (layer + "mlp.down_proj.weight", (width, mlp)),
        (layer + "mlp.up_proj.weight", (mlp, width)),
    ]
    final = [("model.norm.weight", (width,))]
    head = [] if sizes.is_tied else [("lm_head.weight", (sizes.vocab, width))]
    if version == 0:
        angles = [("", (sizes.context * sizes.head_width,))]  # cosines and sines, which follow from the sizes
        return embedding + norm + attention + mlp_norm + gated + final + angles + head
    return norm + mlp_norm + final + embedding + attention + gated + head


def in_halves(rows: memoryview, sizes: Sizes) -> bytes:
    """Rows of queries or keys: of each head the even ones, then the odd ones."""
    row = 4 * sizes.width
    head = sizes.head_width
    order = [*range(0, head, 2), *range(1, head, 2)]
    numbers = [first + i for first in range(0, len(rows) // row, head) for i in order]
    return b"".join(rows[i * row : (i + 1) * row] for i in numbers)


def read_tensors(data: memoryview, sizes: Sizes, version: int, at: int, path: Path) -> dict[str, StoredTensor]:
    tensors = {}
    for pattern, shape in shapes_of(sizes, version):
        count = 4 * math.prod(shape)
        for layer in range(sizes.layers if "{}" in pattern else 1):
            part = data[at : at + count]
            if len(part) != count:
                raise SystemExit(f"{path}: expected {count} bytes of {pattern} at byte {at}, found {len(part)}")
            at += count
            turned = ".q_proj." in pattern or ".k_proj." in pattern
            read = (lambda part=part: in_halves(part, sizes)) if turned else (lambda part=part: bytes(part))
            if pattern:
                tensors[pattern.format(layer)] = StoredTensor("F32", shape, read)
    if at != len(data):
        raise SystemExit(f"{path}: expected {at} bytes, found {len(data)}")
    return tensors


def config_of(sizes: Sizes) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": sizes.vocab,
        "max_position_embeddings": sizes.context,
        "hidden_size": sizes.width,
        "intermediate_size": sizes.mlp_width,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "num_key_value_heads": sizes.kv_heads,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0,
        "tie_word_embeddings": sizes.is_tied,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "dtype": "float32",
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input", type=Path, help="a model.bin of llama2.c")
    parser.add_argument("--output", type=Path, required=True, help="the new folder")
    arguments = parser.parse_args()
    data = memoryview(arguments.input.read_bytes())
    if len(data) < 256:
        raise SystemExit(f"{arguments.input}: expected a model.bin of llama2.c, found {len(data)} bytes")
    sizes, version, at = read_header(data, arguments.input)
    if min(sizes.width, sizes.layers, sizes.heads, sizes.kv_heads) < 1 or sizes.width % sizes.heads:
        raise SystemExit(f"{arguments.input}: expected a model.bin of llama2.c, found the sizes {sizes}")
    tensors = read_tensors(data, sizes, version, at, arguments.input)
    arguments.output.mkdir(parents=True, exist_ok=True)
    write_safetensors(arguments.output / "model.safetensors", tensors)
    write_config(arguments.output, config_of(sizes))


if __name__ == "__main__":
    main()
