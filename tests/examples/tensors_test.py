#!/usr/bin/env python3
"""Checks that examples/tensors prints what numpy makes of the same numbers. Exits 77 without numpy.

usage: tensors_test.py PROGRAM
"""

import difflib
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)

lines = []


def say(text):
    lines.extend(str(text).split("\n"))


def show(name, x, dtype=None):
    say(name)
    say(x)
    say(f"{x.shape} {dtype or x.dtype}")


def bf16(x):
    """The nearest bf16, ties to even, as float32."""
    bits = x.view(np.uint32)
    rounded = bits + 0x7FFF + (bits >> 16 & 1)
    return (rounded & 0xFFFF0000).astype(np.uint32).view(np.float32)


def parts_in_place():
    x = np.arange(24, dtype=np.float32).reshape(4, 6)
    show("every second row", x[::2])
    show("columns 1 and 2, transposed", x[:, 1:3].T)
    show("as (2, 3, 4): (batch, head, time)", x.reshape(2, 3, 4))
    show("its head 1", x.reshape(2, 3, 4)[:, 1])
    say("-1")


def arithmetic_and_rows():
    a = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]], np.float32)
    show("1.5 a", a + a * np.float32(0.5))
    show("a, but 0 up to 4", np.where(a > 4, a, np.float32(0)))
    show("sums of rows", a.sum(1))
    show("places of the greatest", a.argmax(1).astype(np.int32))
    best = np.argsort(-a, axis=1, kind="stable")[:, :3].astype(np.int32)
    show("the three greatest", np.take_along_axis(a, best, 1))
    show("their columns", best)
    say(f"mean {a.mean():g}, norm {np.linalg.norm(a):.6f}")


def conversions():
    values = [np.float32(1)]
    for _ in range(6):
        values.append(values[-1] / np.float32(3))
    x = np.array(values[1:], np.float32).reshape(2, 3)
    show("bf16, transposed", bf16(x).T, "bfloat16")
    say("all elements are close")
    largest = np.abs(x).max(1, keepdims=True)
    show("int8", np.rint(x * (np.float32(127) / largest)).astype(np.int8))


def files_and_layouts():
    show("from a .npy file", np.array([[0, 7], [0, 7]], np.float32))
    rows = np.array([[0, 1, 2], [0, 0, 0]], np.float32)
    show("column after column", rows)
    exponentials = np.exp(rows.astype(np.float64))
    last = (exponentials / exponentials.sum(1, keepdims=True))[:, 2]
    say(f"its softmax: {last[0]:.6f} {last[1]:.6f}")
    say("3 x 3 in blocks of 2 x 2: 16 elements of memory, sum 9")


def main():
    parts_in_place()
    arithmetic_and_rows()
    conversions()
    files_and_layouts()
    printed = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, text=True, check=True).stdout
    difference = list(difflib.unified_diff(lines, printed.splitlines(), "numpy", "tfm", lineterm=""))
    print("\n".join(difference))
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
