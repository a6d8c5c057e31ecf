#!/usr/bin/env python3
"""Writes the safetensors samples in tests/data/io.

They are an outside witness of the reader and the writer: made from the description of the format
with Python's struct and json alone, by code that shares nothing with the C++ side.
tests/io/safetensors_test.cpp and safetensors_writer_test.cpp repeat the values given here.
"""

import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "io"


def file_bytes(header_text, data):
    header = header_text.encode("utf-8")
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def every_dtype():
    """Every dtype at odd offsets: an indented header with no padding, entries not in data order."""
    tensors = [
        ("flags", "BOOL", [3], struct.pack("<3?", True, False, True)),
        ("f64", "F64", [], struct.pack("<d", -0.1)),
        ("f32", "F32", [2, 3], struct.pack("<6f", 0.5, -1.0, 2.25, 1e-38, 3e38, 0.1)),
        ("f16", "F16", [1, 4], struct.pack("<4e", 1.0, -2.5, 65504.0, 6e-8)),
        # bfloat16 is the upper half of a float32; these values lose nothing.
        ("bf16", "BF16", [2], b"".join(struct.pack("<f", v)[2:] for v in (1.5, -0.0078125))),
        ("i64", "I64", [1], struct.pack("<q", -(2**63))),
        ("i32", "I32", [2, 1, 1], struct.pack("<2i", -(2**31), 7)),
        ("i16", "I16", [2], struct.pack("<2h", -32768, 32767)),
        ("i8", "I8", [5], struct.pack("<5b", -128, -1, 0, 1, 127)),
        ("u64", "U64", [1], struct.pack("<Q", 2**64 - 1)),
        ("u32", "U32", [1], struct.pack("<I", 2**32 - 1)),
        ("u16", "U16", [1], struct.pack("<H", 65535)),
        ("u8", "U8", [2], struct.pack("<2B", 0, 255)),
        ("empty", "F32", [4, 0, 2], b""),
        ('na"me\\ \u00e9\U0001f600\n', "U8", [1], b"\x2a"),
    ]
    header, data = {}, b""
    for name, dtype, shape, content in tensors:
        header[name] = entry(dtype, shape, len(data), len(data) + len(content))
        data += content
    backwards = {"__metadata__": {"format": "pt", "note": "gr\u00fcn \u20ac"}}
    backwards.update(reversed(header.items()))
    return file_bytes(json.dumps(backwards, indent=1, ensure_ascii=True), data)


def aligned():
    """What the writer makes: a compact header, padded so that data begins at a multiple of 64."""
    weight = struct.pack("<6f", 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    bias = struct.pack("<3h", -1, 0, 1)
    header = {
        "__metadata__": {"format": "pt", "made by": 'a "quoted" \\ name'},
        "h.0.weight": entry("F32", [2, 3], 0, 24),
        "h.0.bi\u00e4s": entry("I16", [3], 24, 30),
        "nothing": entry("F32", [0], 30, 30),
    }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    size = len(text.encode("utf-8"))
    text += " " * (-(size + 8) % 64)
    return file_bytes(text, weight + bias)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "every_dtype.safetensors").write_bytes(every_dtype())
    (FOLDER / "aligned.safetensors").write_bytes(aligned())


if __name__ == "__main__":
    main()
