#!/usr/bin/env python3
"""Writes the greedy texts that transformers generates, for tfm's program to be compared with: a random model of
each family with each published tokenizer.

    tools/make_generation_references.py --tfm PROGRAM --tokenizers DIR --output tests/data/generation.json

DIR holds a folder per tokenizer. `PROGRAM init` writes the models, whose numbers are the same on every machine, so
that only texts are kept: transformers reads the folder and computes in float64, Hugging Face's tokenizers turns
text into ids and ids into text. Of each id that is drawn, its logit is ahead of all others by a thousandth of the
logits' standard deviation at least. Needs PyTorch 2, transformers 5 and tokenizers.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer

from make_tokenizer_json import tokenizer_json
from make_tokenizer_references import folder_tokenizer

MARGIN, NEW_TOKENS, CONTEXT = 1e-3, 16, 64
PROMPTS = ["Once upon a time", "In 2024, it's 12345 words:\n\n  the caf\u00e9", "def f(x):\n    return x", "\u4f60\u597d \U0001f600!"]


def llama_like(kind: str, **fields) -> dict:
    return {"model_type": kind, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": CONTEXT,
            "rms_norm_eps": 1e-5, "hidden_act": "silu", **fields}  # fmt: skip


GPT2 = {"model_type": "gpt2", "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT}
NEOX = {"model_type": "gpt_neox", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 48, "max_position_embeddings": CONTEXT, "hidden_act": "gelu", "rotary_pct": 0.5,
        "tie_word_embeddings": False}  # fmt: skip

CASES = [
    ("gpt2", GPT2),
    ("smollm", llama_like("llama", tie_word_embeddings=True)),
    ("neox", NEOX),
    ("llama2", llama_like("llama", tie_word_embeddings=False)),
    ("llama3", llama_like("llama", tie_word_embeddings=True, rope_theta=500000.0)),
    ("mistral", llama_like("mistral", tie_word_embeddings=False, sliding_window=None)),
    ("qwen2", llama_like("qwen2", tie_word_embeddings=True)),
]


def random_folder(program: str, config: dict, scratch: Path) -> Path:
    """What `init` writes of a config.json."""
    asked, folder = scratch / "config.json", scratch / "model"
    asked.write_text(json.dumps(config), encoding="utf-8")
    command = [program, "init", "--config", str(asked), "--seed", "1", "--output", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


@torch.no_grad()
def greedy_ids(model, prompt: list[int]) -> list[int] | None:
    """What follows the prompt; none where two logits are too close to tell."""
    ids = list(prompt)
    for _ in range(NEW_TOKENS):
        logits = model(torch.tensor([ids])).logits[0, -1]
        best = logits.topk(2)
        if (best.values[0] - best.values[1]) / logits.std() <= MARGIN:
            return None
        ids.append(best.indices[0].item())
    return ids[len(prompt) :]


def published_tokenizer(folder: Path):
    """By its tokenizer.json, or what tools/make_tokenizer_json.py makes of the others' files."""
    if (folder / "tokenizer_config.json").exists() and not (folder / "tokenizer.json").exists():
        return Tokenizer.from_str(json.dumps(tokenizer_json(folder)))
    return folder_tokenizer(folder)


def write_case(name: str, config: dict, program: str, tokenizers: Path) -> dict:
    tokenizer = published_tokenizer(tokenizers / name)
    size = max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
    config = {**config, "vocab_size": size, "bos_token_id": None, "eos_token_id": None}
    with tempfile.TemporaryDirectory() as scratch:
        folder = random_folder(program, config, Path(scratch))
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    found = []
    for prompt in PROMPTS:
        ids = tokenizer.encode(prompt).ids
        drawn = greedy_ids(model, ids)
        if drawn is None:
            print(f"{name}: {prompt!r}: two logits are close: left out")
            continue
        before = tokenizer.decode(ids, skip_special_tokens=True)
        after = tokenizer.decode(ids + drawn, skip_special_tokens=True)
        assert after.startswith(before.rstrip("\ufffd"))
        found.append({"prompt": prompt, "ids": ids, "greedy": drawn, "text": after[len(before) :]})
    assert found, f"{name}: no prompt with a clear text"
    return {"tokenizer": name, "config": config, "texts": found}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tfm", required=True, help="the program")
    parser.add_argument("--tokenizers", type=Path, required=True, help="folder of tokenizers' folders")
    parser.add_argument("--output", type=Path, required=True, help="where the texts go")
    arguments = parser.parse_args()
    cases = [write_case(name, config, arguments.tfm, arguments.tokenizers) for name, config in CASES]
    lines = ",\n".join(json.dumps(case) for case in cases)
    arguments.output.write_text(f"[\n{lines}\n]\n", encoding="ascii")


if __name__ == "__main__":
    main()
