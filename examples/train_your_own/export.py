#!/usr/bin/env python3
"""Writes a PyTorch state dict as a model.safetensors for tfm; README.md beside it has the names."""
import json
import struct

import torch

DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def save_safetensors(path, state):
    """state: tensors by name. The format: the header's size, a JSON header, then all data."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in state.items():
        begin, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in state.values():
            bits = tensor.detach().cpu().contiguous()
            bits = bits.view(torch.int16) if bits.dtype == torch.bfloat16 else bits  # numpy has no bfloat16
            file.write(bits.numpy().tobytes())
