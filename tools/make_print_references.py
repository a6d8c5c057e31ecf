#!/usr/bin/env python3
"""Writes tests/data/tensor/numpy_prints.txt: what numpy prints of arrays, for the test of tfm::to_text.

usage: make_print_references.py OUTPUT

Each case is a line "TYPE EXTENT,EXTENT,...", a line of the elements in C's hexadecimal notation or
in decimal, the text that numpy's str() gives, and a line "end". The sequence i * 7919 % 1009 stands
for elements of a larger array, named by the word "sequence".
"""

import sys

import numpy as np

NAN, INF = float("nan"), float("inf")
CASES = [
    ("float32", [6], [1, 2.5, -3, 0, 100, 0.125]),
    ("float32", [3], [0.1, 0.2, 1 / 3]),
    ("float64", [3], [0.1, 0.2, 1 / 3]),
    ("float64", [2, 2], [1e-5, 1.5, 20000, -3]),
    ("float32", [4], [1e-5, 1.5, 1e20, -3]),
    ("float64", [3], [1e-300, 1e100, 1]),
    ("float32", [3], [123456789, 1, 2]),
    ("float64", [3], [99999999, 123456, 1e5]),
    ("float32", [2], [0.0001, 0.05]),
    ("float32", [2], [0.00009, 0.05]),
    ("float32", [5], [NAN, INF, -INF, 1, -2]),
    ("float32", [2], [NAN, INF]),
    ("float64", [4], [NAN, 1.25, -0.0, 3]),
    ("float64", [3], [NAN, 1e-9, -INF]),
    ("float32", [2], [67108872, 67108864]),
    ("float32", [1], [0]),
    ("float32", [2, 0], []),
    ("int32", [2, 3], [1, -20, 300, 4, 5, 60000]),
    ("uint8", [5], [0, 255, 7, 10, 99]),
    ("int8", [2, 2, 2], [1, -2, 3, -4, 5, -6, 7, -128]),
    ("float32", [1, 2, 2, 3], [x / 4 for x in range(12)]),
    ("int32", [40], [x * x for x in range(40)]),
    ("float32", [2, 30], [x / 8 for x in range(60)]),
    ("float32", [3, 2, 25], [x / 2 for x in range(150)]),
    ("int32", [1001], None),
    ("int32", [30, 40], None),
    ("float32", [30, 40], None),
    ("float64", [2, 7, 8, 20], None),
    ("float32", [1000], None),
    ("uint8", [5, 300], None),
]


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for dtype, shape, elements in CASES:
            count = int(np.prod(shape))
            if elements is None:
                values = np.arange(count) * 7919 % 1009
                array = (values / 8 if dtype.startswith("float") else values).astype(dtype)
                line = "sequence"
            else:
                array = np.array(elements, dtype=dtype)
                line = " ".join(
                    float(x).hex() if dtype.startswith("float") else str(x) for x in array
                )
            print(dtype, ",".join(map(str, shape)), file=out)
            print(line, file=out)
            print(np.array_str(array.reshape(shape)), file=out)
            print("end", file=out)


if __name__ == "__main__":
    main()
