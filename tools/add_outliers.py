#!/usr/bin/env python3
"""Gives a GPT-2 the outlier channels that large models have, without changing what it computes.

    tools/add_outliers.py --model DIR --output DIR2 [--channels 6] [--factor 30] [--seed 1]

In every block, the gain and bias of some channels of both norms are multiplied by the factor, and the rows
of the weights that read them are divided by it. Quantised without care such a model loses much more than the
original.

Needs PyTorch and safetensors.
"""
from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

READERS = {"ln_1": "attn.c_attn", "ln_2": "mlp.c_fc"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face folder of a GPT-2")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--channels", type=int, default=6, help="of each norm (%(default)s)")
    parser.add_argument("--factor", type=float, default=30.0, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which channels (%(default)s)")
    arguments = parser.parse_args()
    shutil.copytree(arguments.model, arguments.output, dirs_exist_ok=True)
    file = arguments.output / "model.safetensors"
    tensors = {name: value.float() for name, value in load_file(file).items()}
    torch.manual_seed(arguments.seed)
    for name in [name for name in tensors if name.endswith(("ln_1.weight", "ln_2.weight"))]:
        block, norm, _ = name.rsplit(".", 2)
        channels = torch.randperm(tensors[name].numel())[: arguments.channels]
        for part in ("weight", "bias"):
            tensors[f"{block}.{norm}.{part}"][channels] *= arguments.factor
        tensors[f"{block}.{READERS[norm]}.weight"][channels] /= arguments.factor
    save_file(tensors, file, {"format": "pt"})


if __name__ == "__main__":
    main()
