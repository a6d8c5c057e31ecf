#!/usr/bin/env python3
"""Writes what torch.save writes of the tensors of safetensors files, without PyTorch: a stand-in for it in tests.

    torch_save.py KIND FILE.safetensors OUTPUT

KIND is `state_dict`, or `nanogpt`: a training checkpoint of a compiled GPT-2, with what else its trainer keeps.
Matrices of the former are saved as transposed views, so that their strides are not those of their rows.
"""
import json
import pickle
import struct
import sys
import types
import zipfile
from array import array
from collections import OrderedDict

STORAGES = {"F32": ("FloatStorage", "I"), "F16": ("HalfStorage", "H"), "BF16": ("BFloat16Storage", "H")}

# The modules and names that a pickle of PyTorch's refers to.
torch = types.ModuleType("torch")
torch_utils = types.ModuleType("torch._utils")
sys.modules["torch"], sys.modules["torch._utils"] = torch, torch_utils


def named(module, name):
    function = types.FunctionType((lambda *_: None).__code__, {}, name)
    function.__module__, function.__qualname__ = module.__name__, name
    setattr(module, name, function)
    return function


rebuild_tensor = named(torch_utils, "_rebuild_tensor_v2")
evil = named(torch_utils, "_not_known")
for storage, _ in STORAGES.values():
    setattr(torch, storage, type(storage, (), {"__module__": "torch"}))


class Storage:
    def __init__(self, kind, key, size):
        self.id = ("storage", getattr(torch, kind), key, "cpu", size)


class Tensor:
    def __init__(self, storage, shape, stride):
        self.arguments = (storage, 0, shape, stride, False, OrderedDict())

    def __reduce__(self):
        return rebuild_tensor, self.arguments


class Setting:
    def __reduce__(self):
        return evil, ("which is not called",)


class Pickler(pickle.Pickler):
    def persistent_id(self, item):
        return item.id if isinstance(item, Storage) else None


def read_safetensors(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        yield name, tensor["dtype"], tensor["shape"], data[8 + size + begin : 8 + size + end]


def main():
    kind, source, output = sys.argv[1:]
    state = OrderedDict()
    with zipfile.ZipFile(output, "w") as archive:
        for key, (name, dtype, shape, data) in enumerate(read_safetensors(source)):
            storage, code = STORAGES[dtype]
            numbers = array(code, data)
            stride = [shape[1], 1] if len(shape) == 2 else [1]
            if kind == "state_dict" and len(shape) == 2:
                numbers = array(code, b"".join(numbers[i :: shape[1]].tobytes() for i in range(shape[1])))
                stride = [1, shape[0]]
            archive.writestr(f"archive/data/{key}", numbers.tobytes())
            wrapped = name if kind == "state_dict" else "_orig_mod." + name
            state[wrapped] = Tensor(Storage(storage, str(key), len(numbers)), tuple(shape), tuple(stride))
        saved = state
        if kind == "nanogpt":
            saved = {"model": state, "optimizer": {"state": {0: Setting()}}, "model_args": {"n_head": 3},
                     "iter_num": 10, "best_val_loss": 1.5, "config": {"dtype": "float32"}}  # fmt: skip
        with archive.open("archive/data.pkl", "w") as file:
            Pickler(file, protocol=2).dump(saved)
        archive.writestr("archive/version", "3\n")


if __name__ == "__main__":
    main()
