#!/usr/bin/env python3
"""Makes the numbers of a random checkpoint anew, in another language, and compares.

usage: random_checkpoint_reference.py FOLDER SEED LAYERS

Fails unless each tensor of FOLDER/model.safetensors holds, where it is looked at, bit for bit what
include/tfm/models/random_checkpoint.hpp promises of the seed, and its statistics are those of the
values that GPT-2's training began with.
"""

import json
import math
import struct
import sys
from pathlib import Path

MASK = 2**64 - 1
INCREMENT = 0x9E3779B97F4A7C15


def mix(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def published_vectors():
    """SplitMix64 of the seed 1234567, as its users publish it."""
    outputs = [mix(1234567 + i * INCREMENT & MASK) for i in range(1, 4)]
    return outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def normal(seed, stream, index, deviation):
    origin = mix(seed + INCREMENT * mix(stream + 1) & MASK)
    coins = mix(origin + INCREMENT * (2 * index) & MASK)
    dither = mix(origin + INCREMENT * (2 * index + 1) & MASK)
    fixed = (bin(coins).count("1") - 32) * 2**32 + (dither >> 32) - (dither & 0xFFFFFFFF)
    value = fixed * (deviation / (math.sqrt(16.0 + 1.0 / 6.0) * 2.0**32))
    return struct.unpack("<f", struct.pack("<f", value))[0]


def deviation_of(name, layers):
    if name.endswith("c_proj.weight"):
        return 0.02 / math.sqrt(2.0 * layers)
    return 0.02


def check_constant(name, values):
    wanted = 1.0 if name.endswith(".weight") else 0.0
    return "a value other than %g" % wanted if any(v != wanted for v in values) else None


def check_normal(values, seed, stream, deviation):
    for i in {0, 1, 1000, len(values) // 2, len(values) - 1}:
        if values[i] != normal(seed, stream, i, deviation):
            return "element %d is %r" % (i, values[i])
    sample = values[:200000]
    mean = math.fsum(sample) / len(sample)
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in sample) / len(sample))
    kurtosis = math.fsum((v - mean) ** 4 for v in sample) / len(sample) / spread**4
    if abs(mean) > 0.02 * deviation or abs(spread / deviation - 1) > 0.02:
        return "mean %g and deviation %g" % (mean, spread)
    return "kurtosis %g" % kurtosis if abs(kurtosis - 3) > 0.1 else None


def main():
    folder, seed, layers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    data = (folder / "model.safetensors").read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    problems = [] if published_vectors() else ["mix is not SplitMix64"]
    in_order = sorted(header, key=lambda name: header[name]["data_offsets"])
    for stream, name in enumerate(in_order):
        begin, end = header[name]["data_offsets"]
        values = struct.unpack_from("<%df" % ((end - begin) // 4), data, 8 + size + begin)
        if ".ln_" in name or name.endswith(".bias"):
            problem = check_constant(name, values)
        else:
            problem = check_normal(values, seed, stream, deviation_of(name, layers))
        if problem:
            problems.append(name + ": " + problem)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
