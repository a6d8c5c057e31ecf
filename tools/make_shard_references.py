#!/usr/bin/env python3
"""Writes small random models of every family in shards, and the greedy text that transformers generates from
the shards, for tfm's tests to compare with.

    tools/make_shard_references.py --output tests/data/shards

makes a folder per family: what `save_pretrained(max_shard_size=...)` writes of a model in bfloat16, and
expected.safetensors with

    prompt  I64 [count]  the ids given to the model
    greedy  I64 [count]  the ids that follow, of the greatest logit each; computed in float64 from the stored weights

Of each greedy id, its logit is ahead of all others by a thousandth of the logits' standard deviation at least.
All of it takes less than 300 kB. Needs PyTorch 2, transformers 5 and safetensors.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

from make_decoder_references import Case, heads, llama_like, random_model

SIZES = {"vocab_size": 61, "num_hidden_layers": 2}
CONTEXT, PROMPT = 24, 5
MARGIN = 1e-3

CASES = [
    Case("gpt2", "GPT2", CONTEXT, {"vocab_size": 61, "n_embd": 24, "n_layer": 2, "n_head": 2, "n_positions": CONTEXT}),
    Case("gpt_neox", "GPTNeoX", CONTEXT,
         {**SIZES, "hidden_size": 24, "num_attention_heads": 2, "intermediate_size": 60,
          "max_position_embeddings": CONTEXT, "hidden_act": "gelu", "tie_word_embeddings": False,
          "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.34}}),
    llama_like("Llama", "llama", CONTEXT, **heads(24, 4, 2, 6, 40), **SIZES, tie_word_embeddings=True),
    llama_like("Mistral", "mistral", CONTEXT, **heads(24, 2, 1, 12, 40), **SIZES, sliding_window=7),
    llama_like("Qwen2", "qwen2", CONTEXT, **heads(24, 4, 2, 6, 40), **SIZES, tie_word_embeddings=True),
]  # fmt: skip


@torch.no_grad()
def greedy_text(folder: Path, prompt: torch.Tensor) -> torch.Tensor:
    """What follows the prompt, by the model that the folder holds."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    found = model.generate(
        prompt[None], attention_mask=torch.ones_like(prompt)[None], do_sample=False, eos_token_id=None,
        pad_token_id=0, max_new_tokens=CONTEXT - PROMPT, min_new_tokens=CONTEXT - PROMPT,
    )[0]  # fmt: skip
    logits = model(found[None, :-1]).logits[0, PROMPT - 1 :]
    best = logits.topk(2).values
    margin = ((best[:, 0] - best[:, 1]) / logits.std()).min().item()
    assert logits.argmax(-1).tolist() == found[PROMPT:].tolist(), "generate differs from the forward pass"
    assert margin > MARGIN, f"two logits are as close as {margin:.1e}: choose another prompt"
    return found[PROMPT:]


def write_case(case: Case, output: Path) -> str:
    folder = output / case.name
    folder.mkdir(parents=True, exist_ok=True)
    model = random_model(case).to(torch.bfloat16)
    model.save_pretrained(folder, max_shard_size="12KB")
    (folder / "generation_config.json").unlink(missing_ok=True)
    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        prompt = torch.randint(3, 61, (PROMPT,), generator=generator)
        try:
            greedy = greedy_text(folder, prompt)
            break
        except AssertionError as error:
            print(f"{case.name}: {error}")
    else:
        raise SystemExit(f"{case.name}: no prompt with a clear text")
    save_file({"prompt": prompt, "greedy": greedy.contiguous()}, folder / "expected.safetensors")
    shards = len(list(folder.glob("model-*.safetensors")))
    assert shards > 1, "expected several shards"
    size = sum(path.stat().st_size for path in folder.iterdir())
    return f"{case.name}: {shards} shards, {size} bytes in all, greedy {greedy.tolist()}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the cases, one folder each")
    output = parser.parse_args().output
    for case in CASES:
        print(write_case(case, output), flush=True)


if __name__ == "__main__":
    main()
