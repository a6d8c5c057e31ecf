#!/usr/bin/env python3
"""The program's greedy text, of weights in shards, against transformers': every family, every tokenizer.

usage: generation_test.py TFM TOKENIZERS

TOKENIZERS is a folder of published tokenizers' folders; without it the test is skipped. What is expected stands in
tests/data/generation.json (tools/make_generation_references.py).
"""

import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{command} ended with {result.returncode}: {result.stderr}")
    return result.stdout


def write_safetensors(path, header, data):
    begin = 0
    for name, entry in header.items():
        size = entry["data_offsets"][1] - entry["data_offsets"][0]
        entry["data_offsets"] = [begin, begin + size]
        begin += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def cut_in_shards(folder, count):
    """Replaces model.safetensors by shards of some tensors each, and their index."""
    file = folder / "model.safetensors"
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    names = [name for name in header if name != "__metadata__"]
    weight_map = {}
    for i in range(count):
        shard = f"model-{i + 1:05}-of-{count:05}.safetensors"
        part = {name: dict(header[name]) for name in names[i::count]}
        pieces = [body[slice(*entry["data_offsets"])] for entry in part.values()]
        write_safetensors(folder / shard, part, b"".join(pieces))
        weight_map.update(dict.fromkeys(part, shard))
    index = {"metadata": {"total_size": len(body)}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    file.unlink()


def add_tokenizer(published, folder):
    """The tokenizer's files; of a tiktoken file the tokenizer.json."""
    for file in published.iterdir():
        if file.name != "tokenizer.model":
            shutil.copyfile(file, folder / file.name)
    if (published / "tokenizer.model").exists():
        tool = ROOT / "tools" / "make_tokenizer_json.py"
        run(sys.executable, tool, "--folder", published, "--output", folder / "tokenizer.json")


def check_case(program, case, published, scratch):
    asked, folder = scratch / "config.json", scratch / "model"
    asked.write_text(json.dumps(case["config"]))
    run(program, "init", "--config", asked, "--seed", 1, "--output", folder)
    cut_in_shards(folder, 3)
    add_tokenizer(published, folder)
    for expected in case["texts"]:
        arguments = ["--greedy", "--json", "-n", len(expected["greedy"]), "--prompt=" + expected["prompt"]]
        found = json.loads(run(program, "generate", "--model", folder, *arguments))
        for ours, theirs in (("prompt_tokens", "ids"), ("tokens", "greedy"), ("text", "text")):
            if found[ours] != expected[theirs]:
                raise SystemExit(
                    f"{case['tokenizer']}: {expected['prompt']!r}: {ours}: expected {expected[theirs]!r}, "
                    f"found {found[ours]!r}"
                )


def main():
    program, tokenizers = sys.argv[1], Path(sys.argv[2])
    if not tokenizers.is_dir():
        print(f"no tokenizers in {tokenizers}")
        return SKIPPED
    for case in json.loads((ROOT / "tests" / "data" / "generation.json").read_text()):
        folder = tokenizers / case["tokenizer"]
        if case["tokenizer"] == "gpt2":
            folder = tokenizers.parent / "gpt2-tokenizer"
        with tempfile.TemporaryDirectory() as scratch:
            check_case(program, case, folder, Path(scratch))
        print(f"{case['tokenizer']}: {len(case['texts'])} texts are transformers'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
