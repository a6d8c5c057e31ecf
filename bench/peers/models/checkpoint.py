"""A GPT-2 in a Hugging Face folder, as NumPy arrays: what every peer is made from."""
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

PREFIX = "transformer."


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file, memory-mapped where they are F32. Others than BF16 and F32 are an error."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    header_size = int(data[:8].view(np.uint64)[0])
    header = json.loads(data[8 : 8 + header_size].tobytes())
    header.pop("__metadata__", None)
    payload = data[8 + header_size :]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if entry["dtype"] == "F32":
            values = payload[begin:end].view(np.float32)
        elif entry["dtype"] == "BF16":
            values = from_bfloat16(payload[begin:end].view(np.uint16))
        else:
            raise ValueError(f"{path}: {name}: expected F32 or BF16, found {entry['dtype']}")
        tensors[name] = values.reshape(entry["shape"])
    return tensors


class Checkpoint:
    """`config` has the fields of config.json, `tensors` the weights by their names without prefix."""

    def __init__(self, folder: Path):
        self.config = SimpleNamespace(**json.loads((folder / "config.json").read_text()))
        if self.config.activation_function != "gelu_new":
            raise ValueError(
                f"{folder}: expected the activation gelu_new, found {self.config.activation_function}"
            )
        self.tensors = {
            name.removeprefix(PREFIX): values
            for name, values in read_safetensors(folder / "model.safetensors").items()
        }

    @property
    def is_tied(self) -> bool:
        return "lm_head.weight" not in self.tensors

    @property
    def head(self) -> np.ndarray:
        """(vocab, width): the token embedding, where the two are tied."""
        return self.tensors["wte.weight" if self.is_tied else "lm_head.weight"]
