#!/usr/bin/env python3
"""Makes a folder for tfm of what PyTorch saved: a Hugging Face folder with pytorch_model.bin (whole or in
shards), or a checkpoint of nanoGPT or minGPT.

    tools/convert_state_dict.py FOLDER --output NEW_FOLDER
    tools/convert_state_dict.py ckpt.pt --output NEW_FOLDER [--heads 12] [--activation gelu_new]
    tools/convert_state_dict.py model.pt --config config.json --output NEW_FOLDER

The new folder gets model.safetensors, config.json and, of a folder, the tokenizer's files. nanoGPT's
checkpoints say their sizes, those of minGPT all but the heads; neither says its GELU, which is the exact one in
nanoGPT (since June 2023) and GPT-2's in minGPT. Their matrices are turned round, since GPT-2's lie as (inputs,
outputs), and biases that nanoGPT leaves out are zeros. The state dict of any other model becomes a
model.safetensors alone, to be loaded by names of one's own (docs/decoders.md).

Needs nothing but Python: the file's pickle is read, not run.
"""
from __future__ import annotations

import argparse
import json
import re
import shutil
from array import array
from pathlib import Path

from safetensors_file import ITEM_BYTES, StoredTensor, write_config, write_safetensors
from torch_file import ARRAY_CODES, read_torch_file

# Of a GPT-2's linear layers, which nanoGPT and minGPT store as nn.Linear does.
LINEAR = re.compile(r"\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight$")
BUFFER = re.compile(r"\.attn\.(masked_)?bias$")
WRAPPERS = re.compile(r"(^|\.)_orig_mod\.|^module\.")


def state_dict_of(saved, path: Path) -> dict[str, StoredTensor]:
    """The tensors by name, of a state dict or of what trainers keep it in."""
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(saved, dict) and isinstance(saved.get(key), dict):
            saved = saved[key]
            break
    tensors = {}
    for name, value in saved.items() if isinstance(saved, dict) else ():
        if isinstance(value, StoredTensor):
            while WRAPPERS.search(name):
                name = WRAPPERS.sub(r"\1", name)
            tensors[name] = value
    if not tensors:
        raise SystemExit(f"{path}: expected a state dict, found no tensors")
    return tensors


def transposed(tensor: StoredTensor) -> StoredTensor:
    rows, cols = tensor.shape

    def read() -> bytes:
        numbers = array(ARRAY_CODES[ITEM_BYTES[tensor.dtype]], tensor.read())
        return b"".join(numbers[column::cols].tobytes() for column in range(cols))

    return StoredTensor(tensor.dtype, (cols, rows), read)


def zeros(dtype: str, size: int) -> StoredTensor:
    return StoredTensor(dtype, (size,), lambda: bytes(size * ITEM_BYTES[dtype]))


def as_gpt2(tensors: dict[str, StoredTensor]) -> dict[str, StoredTensor]:
    """GPT-2's tensors as transformers has them, of nanoGPT's or minGPT's."""
    result = {}
    for name, tensor in tensors.items():
        if BUFFER.search(name):
            continue
        result[name] = transposed(tensor) if LINEAR.search(name) else tensor
        bias = name.removesuffix(".weight") + ".bias"
        needs_bias = LINEAR.search(name) or re.search(r"\.ln_(1|2|f)\.weight$", name)
        if needs_bias and bias not in tensors:
            result[bias] = zeros(tensor.dtype, tensor.shape[0])
    return result


def is_linear_gpt2(tensors: dict[str, StoredTensor]) -> bool:
    weight = tensors.get("transformer.h.0.attn.c_attn.weight")
    return weight is not None and weight.shape[0] == 3 * weight.shape[1]


def gpt2_config(
    tensors: dict[str, StoredTensor], heads: int, activation: str, path: Path
) -> dict[str, object]:
    vocab, width = tensors["transformer.wte.weight"].shape
    if heads < 1 or width % heads:
        raise SystemExit(f"{path}: --heads: expected a divisor of the width ({width}), found {heads or 'nothing'}")
    layers = {name.split(".")[2] for name in tensors if name.startswith("transformer.h.")}
    head = tensors.get("lm_head.weight")
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": vocab,
        "n_positions": tensors["transformer.wpe.weight"].shape[0],
        "n_embd": width,
        "n_layer": len(layers),
        "n_head": heads,
        "n_inner": tensors["transformer.h.0.mlp.c_fc.weight"].shape[0],
        "activation_function": activation,
        "layer_norm_epsilon": 1e-05,
        "tie_word_embeddings": head is None or head.read() == tensors["transformer.wte.weight"].read(),
        "bos_token_id": None,
        "eos_token_id": None,
    }


def is_nanogpt(saved) -> bool:
    return isinstance(saved, dict) and isinstance(saved.get("model_args"), dict)


def convert_file(path: Path, config: Path | None, heads: int, activation: str | None, output: Path) -> None:
    saved = read_torch_file(path)
    tensors = state_dict_of(saved, path)
    fields = json.loads(config.read_text(encoding="utf-8")) if config else None
    if is_linear_gpt2(tensors) and (fields is None or fields.get("model_type") == "gpt2"):
        if fields is None and is_nanogpt(saved):
            fields = gpt2_config(tensors, saved["model_args"]["n_head"], activation or "gelu", path)
        elif fields is None:
            fields = gpt2_config(tensors, heads, activation or "gelu_new", path)
        tensors = as_gpt2(tensors)
    output.mkdir(parents=True, exist_ok=True)
    write_safetensors(output / "model.safetensors", tensors)
    if fields is not None:
        write_config(output, fields)


def convert_folder(folder: Path, output: Path) -> None:
    index = folder / "pytorch_model.bin.index.json"
    files = ["pytorch_model.bin"]
    if not (folder / files[0]).exists():
        if not index.exists():
            raise SystemExit(f"{folder}: expected pytorch_model.bin or its index, found neither")
        files = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    tensors: dict[str, StoredTensor] = {}
    for name in files:
        if Path(name).name != name:
            raise SystemExit(f"{index}: expected names of files in the same folder, found {name}")
        tensors.update(state_dict_of(read_torch_file(folder / name), folder / name))
    output.mkdir(parents=True, exist_ok=True)
    write_safetensors(output / "model.safetensors", tensors)
    for path in folder.iterdir():
        is_small_text = path.suffix in (".json", ".txt", ".model") and path.name != index.name
        if is_small_text and path.resolve().parent != output.resolve():
            shutil.copyfile(path, output / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input", type=Path, help="a folder, or a file that torch.save wrote")
    parser.add_argument("--output", type=Path, required=True, help="the new folder")
    parser.add_argument("--config", type=Path, help="the config.json that describes a file")
    parser.add_argument("--heads", type=int, default=0, help="of a GPT-2 whose file does not say")
    parser.add_argument("--activation", help="of a GPT-2 whose file does not say: gelu or gelu_new")
    arguments = parser.parse_args()
    if arguments.input.is_dir():
        convert_folder(arguments.input, arguments.output)
    else:
        convert_file(arguments.input, arguments.config, arguments.heads, arguments.activation, arguments.output)


if __name__ == "__main__":
    main()
