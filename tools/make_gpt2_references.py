#!/usr/bin/env python3
"""Writes what PyTorch and transformers compute, for tfm's GPT-2 tests to compare with.

    tools/make_gpt2_references.py --output tests/data/gpt2

makes a folder per case: a Hugging Face folder (config.json, model.safetensors) of a small GPT-2 with
random weights, and expected.safetensors with

    tokens     I64 [count]               the ids given to the model
    positions  I64 [rows]                the positions whose logits are kept
    logits     F32 [rows, vocab]         computed in float64 from the stored weights, then rounded

    tools/make_gpt2_references.py --output tests/data/gpt2 --tales examples/models/tales --text FILE

makes OUTPUT/tales for a trained model: expected.safetensors with the same tensors for several
sequences cut from FILE, named tokens.0, positions.0, logits.0, tokens.1 and so on, and greedy.json
with greedy continuations of prompts, computed in float64. There `margins` holds, for each step, the
difference between the two largest logits: where it is tiny, another order of summation may rightly
choose the other token.

Needs PyTorch 2, transformers 5 and safetensors.
"""
from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel


@dataclass(frozen=True)
class Case:
    """A random GPT-2. Its files are those of transformers but for what the last fields change."""

    name: str
    width: int
    heads: int
    layers: int = 2
    context: int = 19
    vocab: int = 97
    tied: bool = True
    epsilon: float = 1e-5
    activation: str = "gelu_new"
    dtype: torch.dtype = torch.float32
    prefix: str = "transformer."
    mask_buffers: bool = False  # attn.bias and attn.masked_bias, as old checkpoints have them
    linear: bool = False  # weights [out, in], as torch.nn.Linear stores them


CASES = [
    Case("heads1_width17_context7", width=17, heads=1, context=7, vocab=61),
    Case("heads3_width36", width=36, heads=3, layers=3),
    Case("heads3_width36_linear", width=36, heads=3, layers=3, linear=True),
    Case("heads5_width20_untied", width=20, heads=5, tied=False),
    Case("heads5_width130_bf16", width=130, heads=5, layers=1, context=33, dtype=torch.bfloat16),
    Case("heads1_width67_untied_f16", width=67, heads=1, layers=1, tied=False, dtype=torch.float16),
    Case("heads3_width48_bf16", width=48, heads=3, vocab=101, dtype=torch.bfloat16),
    Case("heads3_width30_context1", width=30, heads=3, context=1, vocab=61),
    Case("heads3_width24_context1024", width=24, heads=3, context=1024, vocab=61),
    Case("heads5_width40_no_prefix_buffers", width=40, heads=5, prefix="", mask_buffers=True),
    Case("heads5_width20_untied_prefix_buffers", width=20, heads=5, tied=False, mask_buffers=True),
    Case("heads5_width20_epsilon", width=20, heads=5, epsilon=1e-2),
    Case("heads1_width28_gelu_erf", width=28, heads=1, activation="gelu"),
]

PROMPTS = [
    "Once upon a time",
    "There was once a king who had three sons",
    "In a dark forest there lived",
    "The fox said to the crow",
    "Long ago, in the land of Oz,",
    '"Who are you?" asked the princess.',
    "The old woman opened the door, and",
    "One winter's night a poor woodcutter",
    "A lion and a mouse",
    "The little mermaid swam",
    "Dorothy looked at the Scarecrow",
    "When the clock struck twelve",
    "The dragon slept upon a heap of gold",
    "Far away beyond the sea",
    "The youngest brother took his sword",
    "She was so beautiful that",
    "The giant laughed",
    "Now it happened that the queen",
    "The Prince and the Nightingale\n\n",
    "And they lived happily",
]


def random_model(case: Case) -> GPT2LMHeadModel:
    """Weights of a scale at which attention is far from uniform, and no bias or gain trivial."""
    config = GPT2Config(
        vocab_size=case.vocab,
        n_positions=case.context,
        n_embd=case.width,
        n_layer=case.layers,
        n_head=case.heads,
        layer_norm_epsilon=case.epsilon,
        activation_function=case.activation,
        tie_word_embeddings=case.tied,
        bos_token_id=case.vocab - 1,
        eos_token_id=case.vocab - 1,
    )
    torch.manual_seed(sum(case.name.removesuffix("_linear").encode()))
    model = GPT2LMHeadModel(config).eval()
    scale = 1.2 / math.sqrt(case.width)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            deviation = scale if parameter.dim() > 1 else 0.3
            is_gain = ".ln_" in name and name.endswith("weight")
            parameter.copy_(torch.randn(parameter.shape) * deviation + (1.0 if is_gain else 0.0))
    return model.to(case.dtype)


def stored_tensors(case: Case, model: GPT2LMHeadModel) -> dict[str, torch.Tensor]:
    """The file's tensors under the names and in the orientation that the case asks for."""
    tensors = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and case.tied:
            continue
        if case.linear and name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
            value = value.t()
        tensors[name.replace("transformer.", case.prefix)] = value.clone().contiguous()
    if case.mask_buffers:
        mask = torch.ones(case.context, case.context).tril()[None, None]
        for layer in range(case.layers):
            tensors[f"{case.prefix}h.{layer}.attn.bias"] = mask.clone()
            tensors[f"{case.prefix}h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    return tensors


@torch.no_grad()
def logits_of(model: GPT2LMHeadModel, tokens: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    return model(tokens[None]).logits[0, positions]


def write_case(case: Case, output: Path) -> str:
    """Writes one folder; returns a line on how far float32 on PyTorch is from what it stores."""
    model = random_model(case)
    folder = output / case.name
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = ["GPT2LMHeadModel"]
    model.config.dtype = case.dtype
    model.config.save_pretrained(folder)
    save_file(stored_tensors(case, model), folder / "model.safetensors", {"format": "pt"})
    tokens = torch.randint(case.vocab, (case.context,))
    stride = 64 if case.context > 64 else 1
    positions = torch.tensor(sorted({*range(0, case.context, stride), case.context - 1}))
    expected = logits_of(model.double(), tokens, positions)
    single = logits_of(model.float(), tokens, positions)
    values = {"tokens": tokens, "positions": positions, "logits": expected.float().contiguous()}
    save_file(values, folder / "expected.safetensors")
    deviation = expected.std().item()
    error = (single - expected).abs().max().item() / deviation
    return f"{case.name}: logits' standard deviation {deviation:.3f}, float32 differs by {error:.1e} of it"


def write_tales_logits(model: GPT2LMHeadModel, ids: list[int], output: Path) -> None:
    """Sequences of several lengths from different places of the text, the first as long as the context."""
    context = model.config.n_positions
    wanted = {context: [0, 1, 15, 16, 100, 255, 256, 400, context - 1], 301: [63, 64, 299, 300], 127: [17, 125, 126],
              33: [31, 32], 16: [15], 7: [2, 6], 1: [0]}  # fmt: skip
    values, begin = {}, 0
    for index, (length, rows) in enumerate(wanted.items()):
        tokens, positions = torch.tensor(ids[begin : begin + length]), torch.tensor(rows)
        begin += 4 * context
        values[f"tokens.{index}"], values[f"positions.{index}"] = tokens, positions
        values[f"logits.{index}"] = logits_of(model, tokens, positions).float().contiguous()
    save_file(values, output / "expected.safetensors")


@torch.no_grad()
def greedy(model: GPT2LMHeadModel, ids: list[int], count: int) -> dict:
    """transformers' greedy continuation: `count` tokens, or fewer if the last is end-of-text."""
    end = model.config.eos_token_id
    made = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=count, pad_token_id=end,
                          output_logits=True, return_dict_in_generate=True)  # fmt: skip
    tops = [logits[0].double().topk(2).values for logits in made.logits]
    margins = [round((top[0] - top[1]).item(), 5) for top in tops]
    continuation = made.sequences[0, len(ids) :].tolist()
    return {"ids": continuation, "smallest_margin": min(margins), "margins": margins}


def write_tales(folder: Path, text: Path, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64).eval()
    stored = load_file(folder / "model.safetensors")["transformer.wte.weight"]
    assert torch.equal(model.lm_head.weight, stored.double()), "the weights were not widened as stored"
    write_tales_logits(model, tokenizer(text.read_text(encoding="utf-8"))["input_ids"], output)
    cases = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt)["input_ids"]
        continuation = greedy(model, ids, 256)
        shown = tokenizer.decode(continuation["ids"])
        cases.append({"prompt": prompt, "prompt_ids": ids, "text": shown, **continuation})
        print(f"{continuation['smallest_margin']:.5f} {len(continuation['ids'])} {prompt!r}{shown[:80]!r}")
    lines = ",\n".join(json.dumps(case) for case in cases)
    (output / "greedy.json").write_text(f"[\n{lines}\n]\n", encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the cases, one folder each")
    parser.add_argument("--tales", type=Path, help="write references for this trained model instead")
    parser.add_argument("--text", type=Path, help="text whose tokens the trained model is given")
    arguments = parser.parse_args()
    if bool(arguments.tales) != bool(arguments.text):
        parser.error("--tales and --text go together")
    if arguments.tales:
        write_tales(arguments.tales, arguments.text, arguments.output / "tales")
    else:
        for case in CASES:
            print(write_case(case, arguments.output))


if __name__ == "__main__":
    main()
