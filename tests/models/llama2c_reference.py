#!/usr/bin/env python3
"""Writes a small random model.bin of llama2.c and the logits that its run.c computes.

    llama2c_reference.py FOLDER VERSION IS_TIED

writes FOLDER/model.bin (the layouts of llama2.c's export.py) and FOLDER/expected.safetensors: tokens I64 and
logits F32 of each of them, by run.c's steps in doubles.
"""
import json
import math
import random
import struct
import sys
from pathlib import Path

WIDTH, MLP, LAYERS, HEADS, KV_HEADS, VOCAB, CONTEXT = 12, 20, 2, 3, 1, 17, 9
HEAD = WIDTH // HEADS
KEYS = KV_HEADS * HEAD


def as_float(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def matrix(rows, cols):
    return [[as_float(random.gauss(0, 1.2 / math.sqrt(cols))) for _ in range(cols)] for _ in range(rows)]


def gain():
    return [as_float(1 + random.gauss(0, 0.3)) for _ in range(WIDTH)]


def make_model(is_tied):
    layer = lambda: {
        "attention_norm": gain(), "ffn_norm": gain(),
        "wq": matrix(WIDTH, WIDTH), "wk": matrix(KEYS, WIDTH), "wv": matrix(KEYS, WIDTH), "wo": matrix(WIDTH, WIDTH),
        "w1": matrix(MLP, WIDTH), "w2": matrix(WIDTH, MLP), "w3": matrix(MLP, WIDTH),
    }  # fmt: skip
    embedding = matrix(VOCAB, WIDTH)
    return {
        "embedding": embedding,
        "layers": [layer() for _ in range(LAYERS)],
        "norm": gain(),
        "head": embedding if is_tied else matrix(VOCAB, WIDTH),
    }


def flat(value):
    return [x for item in value for x in flat(item)] if isinstance(value, list) else [value]


def model_bin(model, version, is_tied):
    def of_layers(*names):
        return [layer[name] for name in names for layer in model["layers"]]

    head = [] if is_tied else [model["head"]]
    attention, mlp = ("wq", "wk", "wv", "wo"), ("w1", "w2", "w3")
    sizes = (WIDTH, MLP, LAYERS, HEADS, KV_HEADS)
    if version == 0:
        header = struct.pack("<7i", *sizes, VOCAB if is_tied else -VOCAB, CONTEXT)
        angles = [0.0] * (CONTEXT * HEAD)  # run.c skips them
        parts = [model["embedding"], *of_layers("attention_norm", *attention, "ffn_norm", *mlp), model["norm"],
                 angles, *head]  # fmt: skip
    else:
        header = struct.pack("<Ii7iB", 0x616B3432, 1, *sizes, VOCAB, CONTEXT, is_tied).ljust(256, b"\0")
        parts = [*of_layers("attention_norm", "ffn_norm"), model["norm"], model["embedding"],
                 *of_layers(*attention, *mlp), *head]  # fmt: skip
    numbers = flat(parts)
    return header + struct.pack(f"<{len(numbers)}f", *numbers)


def rmsnorm(x, weight):
    scale = 1 / math.sqrt(sum(v * v for v in x) / len(x) + 1e-5)
    return [w * scale * v for w, v in zip(weight, x)]


def matmul(w, x):
    return [sum(a * b for a, b in zip(row, x)) for row in w]


def turn(vector, position):
    for i in range(0, len(vector), 2):
        angle = position / 10000 ** (i % HEAD / HEAD)
        a, b = vector[i], vector[i + 1]
        vector[i] = a * math.cos(angle) - b * math.sin(angle)
        vector[i + 1] = a * math.sin(angle) + b * math.cos(angle)


def forward(model, token, position, cache):
    x = list(model["embedding"][token])
    for layer, (keys, values) in zip(model["layers"], cache):
        normed = rmsnorm(x, layer["attention_norm"])
        q, k = matmul(layer["wq"], normed), matmul(layer["wk"], normed)
        turn(q, position)
        turn(k, position)
        keys.append(k)
        values.append(matmul(layer["wv"], normed))
        mixed = []
        for head in range(HEADS):
            query = q[head * HEAD : (head + 1) * HEAD]
            first = head // (HEADS // KV_HEADS) * HEAD
            scores = [sum(a * b for a, b in zip(query, key[first : first + HEAD])) / math.sqrt(HEAD) for key in keys]
            weights = [math.exp(score - max(scores)) for score in scores]
            for i in range(HEAD):
                mixed.append(sum(w * value[first + i] for w, value in zip(weights, values)) / sum(weights))
        x = [a + b for a, b in zip(x, matmul(layer["wo"], mixed))]
        normed = rmsnorm(x, layer["ffn_norm"])
        gate, up = matmul(layer["w1"], normed), matmul(layer["w3"], normed)
        hidden = [g / (1 + math.exp(-g)) * u for g, u in zip(gate, up)]
        x = [a + b for a, b in zip(x, matmul(layer["w2"], hidden))]
    return matmul(model["head"], rmsnorm(x, model["norm"]))


def main():
    folder, version, is_tied = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1"
    random.seed(7)
    model = make_model(is_tied)
    (folder / "model.bin").write_bytes(model_bin(model, version, is_tied))
    cache = [([], []) for _ in range(LAYERS)]
    tokens = [random.randrange(VOCAB) for _ in range(CONTEXT)]
    logits = flat([forward(model, token, i, cache) for i, token in enumerate(tokens)])
    data = struct.pack(f"<{CONTEXT}q", *tokens) + struct.pack(f"<{len(logits)}f", *logits)
    header = json.dumps({
        "tokens": {"dtype": "I64", "shape": [CONTEXT], "data_offsets": [0, 8 * CONTEXT]},
        "logits": {"dtype": "F32", "shape": [CONTEXT, VOCAB], "data_offsets": [8 * CONTEXT, len(data)]},
    }).encode()  # fmt: skip
    (folder / "expected.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data)


if __name__ == "__main__":
    main()
