"""Writes safetensors files with nothing but Python, tensor by tensor."""
from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class StoredTensor:
    """A tensor whose bytes (row-major, little-endian) are read when it is written."""

    dtype: str  # a key of ITEM_BYTES
    shape: tuple[int, ...]
    read: Callable[[], bytes]

    @property
    def size(self) -> int:
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]


def write_safetensors(path: Path, tensors: dict[str, StoredTensor]) -> None:
    """The format: the header's size, a JSON header, then the data of all tensors. The file is
    written beside `path` and renamed, so that nothing is left half-written."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.size
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    unfinished = path.with_name(path.name + ".part")
    try:
        with open(unfinished, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for name, tensor in tensors.items():
                data = tensor.read()
                if len(data) != tensor.size:
                    raise SystemExit(f"{name}: expected {tensor.size} bytes, found {len(data)}")
                file.write(data)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_config(folder: Path, fields: dict[str, object]) -> None:
    (folder / "config.json").write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
