"""A GPT-2 in a Hugging Face folder, as NumPy arrays: what every peer is made from."""
import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np

PREFIX = "transformer."


def read_tensor(file, dtype: str, count: int) -> np.ndarray:
    if dtype == "F32":
        return np.fromfile(file, np.float32, count)
    if dtype == "BF16":
        return (np.fromfile(file, np.uint16, count).astype(np.uint32) << 16).view(np.float32)
    raise ValueError(f"expected tensors of F32 or BF16, found {dtype}")


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file, as fp32."""
    tensors = {}
    with open(path, "rb") as file:
        header_size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(header_size))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            file.seek(8 + header_size + entry["data_offsets"][0])
            values = read_tensor(file, entry["dtype"], math.prod(entry["shape"]))
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
