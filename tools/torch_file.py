"""Reads what torch.save writes, without PyTorch and without running what the file says.

A file is a zip archive: NAME/data.pkl, a pickle of the object, and NAME/data/KEY, the bytes of each
storage. The pickle may name any function to be called when it is loaded; here the few that rebuild
tensors are known, and any other makes an object without content.
"""
from __future__ import annotations

import collections
import pickle
import sys
import zipfile
from array import array
from dataclasses import dataclass
from pathlib import Path

from safetensors_file import ITEM_BYTES, StoredTensor

STORAGES = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}
ARRAY_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True)
class Storage:
    dtype: str
    member: str  # of the archive


class Nothing:
    """Stands for what is not needed: settings, optimizers, devices."""

    def __init__(self, *_arguments, **_named) -> None:
        pass

    def __setstate__(self, _state) -> None:
        pass

    def __setitem__(self, _key, _value) -> None:
        pass

    def __call__(self, *_arguments, **_named) -> Nothing:
        return self

    def append(self, _item) -> None:
        pass

    def extend(self, _items) -> None:
        pass


def strides_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Of rows that follow each other."""
    strides, step = [], 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent
    return tuple(strides)


class Reader(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, pickle_name: str) -> None:
        super().__init__(archive.open(pickle_name), encoding="utf-8")
        self.archive = archive
        self.prefix = pickle_name.removesuffix("data.pkl")
        self.known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor"): self.rebuild,
            ("torch._utils", "_rebuild_tensor_v2"): self.rebuild,
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
        }
        for name, dtype in STORAGES.items():
            self.known["torch", name] = dtype

    def find_class(self, module: str, name: str):
        return self.known.get((module, name), Nothing)

    def persistent_load(self, pid):
        kind, dtype, key = pid[:3]
        if kind != "storage" or not isinstance(dtype, str):
            return Nothing()
        return Storage(dtype, f"{self.prefix}data/{key}")

    def rebuild(self, storage, offset: int, shape, stride, *_rest):
        if not isinstance(storage, Storage):
            return Nothing()
        shape, stride = tuple(shape), tuple(stride)
        return StoredTensor(storage.dtype, shape, lambda: self.elements(storage, offset, shape, stride))

    def elements(self, storage: Storage, offset: int, shape: tuple, stride: tuple) -> bytes:
        """The bytes of a tensor, whose storage may hold others and which may be transposed."""
        data = self.archive.read(storage.member)
        item = ITEM_BYTES[storage.dtype]
        size = StoredTensor(storage.dtype, shape, bytes).size
        expected = strides_of(shape)
        if all(n <= 1 or a == b for n, a, b in zip(shape, stride, expected)):
            return data[offset * item : offset * item + size]
        numbers = array(ARRAY_CODES[item], data)
        result = array(ARRAY_CODES[item])
        rows = [offset]
        for extent, step in zip(shape[:-1], stride[:-1]):
            rows = [row + i * step for row in rows for i in range(extent)]
        for row in rows:
            result.extend(numbers[row + i * stride[-1]] for i in range(shape[-1]))
        return result.tobytes()


def read_torch_file(path: Path):
    """The object that was saved, its tensors as `StoredTensor`; the archive stays open for them."""
    if sys.byteorder != "little":
        raise SystemExit("needs a little-endian machine")
    if not zipfile.is_zipfile(path):
        raise SystemExit(
            f"{path}: expected a zip archive, as torch.save writes since PyTorch 1.6, found another file; "
            "load it with PyTorch and save it again"
        )
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if name.endswith("data.pkl")]
    if len(names) != 1:
        raise SystemExit(f"{path}: expected one data.pkl in the archive, found {len(names)}")
    return Reader(archive, names[0]).load()
