#!/usr/bin/env python3
"""Runs GPT-2 small, whose sizes are in its type, on random weights, and it and medium on a folder of other
sizes, which they refuse.

usage: gpt2_test.py TFM GPT2_SMALL GPT2_MEDIUM DATA
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

VOCABULARY = 50257


def byte_characters():
    """GPT-2's characters for bytes: themselves where they can be printed, others from 256 up."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [*map(chr, printable), *(chr(256 + i) for i in range(len(others)))]


def write_tokenizer(folder):
    """A token for each byte, none of which merge, and fillers."""
    tokens = byte_characters()
    tokens += [f"filler{i}" for i in range(VOCABULARY - len(tokens))]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")


def check_small(program, small):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        subprocess.run([program, "init", "--shape", "small", "--output", folder, "--force"], check=True)
        write_tokenizer(folder)
        done = subprocess.run([small, folder, "Once"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Once") and len(done.stdout) > len("Once") + 32, done.stdout


def check_refusal(example, folder):
    done = subprocess.run([example, folder], capture_output=True, text=True)
    assert done.returncode == 2, done
    assert done.stdout == "" and done.stderr.startswith(f"{Path(example).name}: error: "), done
    assert "config.json: vocab_size: expected 50257 as in the shape" in done.stderr, done.stderr


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    program, small, medium, data = sys.argv[1:]
    check_small(program, small)
    for example in (small, medium):
        check_refusal(example, Path(data) / "gpt2/heads3_width36")


if __name__ == "__main__":
    main()
