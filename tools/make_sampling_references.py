#!/usr/bin/env python3
"""Writes what transformers makes of logits on the way to a token, for tfm's chain of steps to be compared with.

    tools/make_sampling_references.py --model examples/models/tales --prompts tests/data/gpt2/tales/greedy.json \\
        --out tests/data/generate

writes to OUT, all of it from transformers' own classes and its `generate`:

scores.safetensors
    random.logits F32 [3, 97], random.tokens I32 [3, 40]   rows of random logits, and the tokens before them
    random.CASE   F32 [3, 97]    what the step, or steps, of CASE make of them; -inf where a token is ruled out
    tales.logits  F32 [3, 4096], tales.tokens.ROW I32 [n]  the same of the trained model
    tales.CASE.ROW.kept I32 [k], tales.CASE.ROW.scores F32 [k]   the tokens that are left, and their scores
texts.safetensors
    prompt.N      I32 [n]        tokens of a prompt
    CASE.N        I32 [m]        what `generate` continues it with, greedily
    uniforms      F64 [20, 40]   a number from 0 to 1 for each token of each prompt
    sampled.CASE.N I32 [m]       tokens drawn by these: the first id, ids ascending, at which the sum of the
                                 probabilities exceeds the number

Texts are computed in float64 and end before a choice that float32 might make otherwise. Rows keep the same tokens in
float32 and float64; those of the trained model that do not are left out. Needs PyTorch 2, transformers 5 and
safetensors.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LogitsProcessorList
from transformers.generation import logits_process as steps

NEW_TOKENS, MARGIN, CDF_MARGIN, NOISE, END = 40, 1e-3, 1e-5, 3e-5, 4095

# Cases of scores: the names and arguments of GenerateOptions. The prompt of a row is its first 10 tokens.
SCORES = {
    "sequence_bias": {"sequence_bias": [[[5], 1.5], [[7, 3], -2.0], [[1, 2, 9], 4.0], [[9], -0.25]]},
    "repetition_penalty": {"repetition_penalty": 1.3},
    "repetition_reward": {"repetition_penalty": 0.8},
    "no_repeat_ngram_1": {"no_repeat_ngram_size": 1},
    "no_repeat_ngram_2": {"no_repeat_ngram_size": 2},
    "no_repeat_ngram_3": {"no_repeat_ngram_size": 3},
    "bad_words": {"bad_words_ids": [[4], [7, 3], [1, 2, 9], [96]]},
    "min_new_tokens": {"min_new_tokens": 31},
    "min_new_tokens_reached": {"min_new_tokens": 30},
    "temperature": {"temperature": 0.7},
    "top_k": {"top_k": 12},
    "top_p": {"top_p": 0.8},
    "top_p_low": {"top_p": 0.05},
    "min_p": {"min_p": 0.1},
    "typical_p": {"typical_p": 0.6},
    "typical_p_high": {"typical_p": 0.95},
    "epsilon_cutoff": {"epsilon_cutoff": 0.02},
    "epsilon_cutoff_high": {"epsilon_cutoff": 0.9},
    "usual": {"temperature": 0.8, "top_k": 40, "top_p": 0.9},
    "all": {"sequence_bias": [[[5], 1.5], [[7, 3], -2.0]], "repetition_penalty": 1.2, "no_repeat_ngram_size": 2,
            "bad_words_ids": [[4], [7, 3]], "min_new_tokens": 31, "temperature": 1.3, "top_k": 50, "top_p": 0.95,
            "min_p": 0.01, "typical_p": 0.9, "epsilon_cutoff": 0.003},
}  # fmt: skip
TALES = ["top_k", "top_p", "top_p_low", "min_p", "typical_p", "epsilon_cutoff", "usual", "all"]

# Cases of greedy texts, and of drawn ones.
GREEDY = {
    "plain": {},
    "repetition_penalty": {"repetition_penalty": 1.2},
    "no_repeat_ngram": {"no_repeat_ngram_size": 3},
    "bad_words": {"bad_words_ids": [[13], [262, 258]]},
    "sequence_bias": {"sequence_bias": [[[258], -3.0], [[604, 258], 2.0], [[12], 1.0]]},
    "together": {"repetition_penalty": 1.1, "no_repeat_ngram_size": 4, "bad_words_ids": [[13]], "min_new_tokens": 40},
}
SAMPLED = {
    "all": {},
    "usual": {"temperature": 0.8, "top_k": 40, "top_p": 0.95},
    "typical": {"temperature": 1.2, "typical_p": 0.8},
    "cut": {"repetition_penalty": 1.15, "min_p": 0.05, "epsilon_cutoff": 1e-3},
}


def chain(options: dict, prompt_length: int, end: int) -> LogitsProcessorList:
    """The steps in the order of `generate`, which `check_order` compares it with."""
    makers = {
        "sequence_bias": steps.SequenceBiasLogitsProcessor,
        "repetition_penalty": steps.RepetitionPenaltyLogitsProcessor,
        "no_repeat_ngram_size": steps.NoRepeatNGramLogitsProcessor,
        "bad_words_ids": lambda words: steps.NoBadWordsLogitsProcessor(words, torch.tensor([end])),
        "min_new_tokens": lambda count: steps.MinNewTokensLengthLogitsProcessor(
            prompt_length, count, torch.tensor([end])
        ),
        "temperature": steps.TemperatureLogitsWarper,
        "top_k": steps.TopKLogitsWarper,
        "top_p": steps.TopPLogitsWarper,
        "min_p": steps.MinPLogitsWarper,
        "typical_p": steps.TypicalLogitsWarper,
        "epsilon_cutoff": steps.EpsilonLogitsWarper,
    }
    return LogitsProcessorList(make(options[name]) for name, make in makers.items() if name in options)


def scores_of(options: dict, tokens: torch.Tensor, logits: torch.Tensor, end: int) -> torch.Tensor | None:
    """What the chain makes of one row, in float32; none where float64 would keep other tokens."""
    single = chain(options, 10, end)(tokens[None].long(), logits[None].clone())[0]
    double = chain(options, 10, end)(tokens[None].long(), logits[None].double())[0]
    return single if torch.equal(single.isinf(), double.isinf()) else None


def random_rows(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(seed)
    logits = 2.5 * torch.randn(3, 97)
    tokens = torch.randint(12, (3, 40), dtype=torch.int32)
    tokens[0, -2:] = torch.tensor([1, 2])  # so that sequences of the cases are about to be completed
    tokens[1, -1] = 7
    tokens[2, 20:23], tokens[2, -2:] = torch.tensor([7, 8, 6]), torch.tensor([7, 8])
    return logits, tokens


@torch.no_grad()
def model_rows(model, prompts: list[list[int]]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    tokens = [torch.tensor(ids, dtype=torch.int32) for ids in (prompts[0] * 4, prompts[5], prompts[12])]
    return torch.stack([model(row[None].long()).logits[0, -1].float() for row in tokens]), tokens


def random_scores() -> dict[str, torch.Tensor]:
    """Of the first random rows of which no token is at an edge."""
    for seed in range(4, 100):
        logits, tokens = random_rows(seed)
        out = {"random.logits": logits, "random.tokens": tokens}
        for name, options in SCORES.items():
            rows = [scores_of(options, tokens[row], logits[row], end=96) for row in range(len(logits))]
            if all(row is not None for row in rows):
                out[f"random.{name}"] = torch.stack(rows)
        if len(out) == 2 + len(SCORES):
            return out
    raise SystemExit("every seed has a token at an edge")


def write_scores(model, prompts: list[list[int]], path: Path) -> None:
    out = random_scores()
    logits, rows = model_rows(model, prompts)
    out["tales.logits"] = logits
    for row, ids in enumerate(rows):
        out[f"tales.tokens.{row}"] = ids
        for name in TALES:
            scores = scores_of(SCORES[name], ids, logits[row], END)
            if scores is None:
                print(f"tales {name} row {row}: left out, a token is at the edge")
                continue
            kept = scores.isfinite().nonzero()[:, 0]
            out[f"tales.{name}.{row}.kept"] = kept.int()
            out[f"tales.{name}.{row}.scores"] = scores[kept]
            print(f"tales {name} row {row}: {len(kept)} kept")
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, path)


def generate(model, ids: list[int], count: int, **options):
    return model.generate(torch.tensor([ids]), max_new_tokens=count, pad_token_id=END, eos_token_id=END,
                          output_scores=True, output_logits=True, return_dict_in_generate=True, **options)  # fmt: skip


def check_order(model, ids: list[int]) -> None:
    """Fails unless `generate` applies the chain's steps in the chain's order."""
    options = {**SCORES["all"], "min_new_tokens": 3}
    made = generate(model, ids, 6, do_sample=True, num_beams=1, **options)
    for step, (logits, scores) in enumerate(zip(made.logits, made.scores)):
        before = made.sequences[:, : len(ids) + step]
        expected = chain(options, len(ids), END)(before, logits.to(scores.dtype))
        if not torch.allclose(expected, scores):
            raise SystemExit(f"generate applies its steps in another order at step {step}")


@torch.no_grad()
def greedy(model, ids: list[int], options: dict) -> list[int]:
    made = generate(model, ids, NEW_TOKENS, do_sample=False, **options)
    tokens = made.sequences[0, len(ids) :].tolist()
    for step, scores in enumerate(made.scores):
        best = scores[0].topk(2).values
        if best[0] - best[1] <= MARGIN:
            return tokens[:step]
    return tokens


@torch.no_grad()
def sampled(model, ids: list[int], options: dict, uniforms: torch.Tensor) -> list[int]:
    steps_in_order, tokens = chain(options, len(ids), END), torch.tensor([ids])
    for uniform in uniforms:
        logits = model(tokens).logits[:, -1]
        sums = [
            steps_in_order(tokens, row)[0].softmax(-1).cumsum(-1)
            for row in (logits, logits + NOISE * torch.randn_like(logits), logits + NOISE * torch.randn_like(logits))
        ]
        drawn, *others = [torch.searchsorted(row, uniform[None], right=True) for row in sums]
        if (sums[0] - uniform).abs().min() <= CDF_MARGIN or any(other != drawn for other in others):
            break
        tokens = torch.cat([tokens, drawn[None]], dim=1)
        if drawn.item() == END:
            break
    return tokens[0, len(ids) :].tolist()


def write_texts(model, prompts: list[list[int]], path: Path) -> None:
    torch.manual_seed(17)
    uniforms = torch.rand(len(prompts), NEW_TOKENS, dtype=torch.float64)
    out = {"uniforms": uniforms}
    lengths: dict[str, list[int]] = {}
    for number, ids in enumerate(prompts):
        texts = {name: greedy(model, ids, options) for name, options in GREEDY.items()}
        for name, options in SAMPLED.items():
            texts[f"sampled.{name}"] = sampled(model, ids, options, uniforms[number])
        out[f"prompt.{number}"] = torch.tensor(ids, dtype=torch.int32)
        for name, tokens in texts.items():
            out[f"{name}.{number}"] = torch.tensor(tokens, dtype=torch.int32)
            lengths.setdefault(name, []).append(len(tokens))
    for name, counts in lengths.items():
        print(f"{name}: {sum(counts)} tokens of {len(counts)} prompts, the shortest {min(counts)}")
    save_file(out, path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True, help="folder of the trained model")
    parser.add_argument("--prompts", type=Path, required=True, help="JSON list of objects with prompt_ids")
    parser.add_argument("--out", type=Path, required=True, help="folder for the two files")
    arguments = parser.parse_args()
    torch.set_default_dtype(torch.float32)
    model = AutoModelForCausalLM.from_pretrained(arguments.model, dtype=torch.float64).eval()
    prompts = [case["prompt_ids"] for case in json.loads(arguments.prompts.read_text(encoding="utf-8"))]
    arguments.out.mkdir(parents=True, exist_ok=True)
    check_order(model, prompts[0])
    write_scores(model, prompts, arguments.out / "scores.safetensors")
    write_texts(model, prompts, arguments.out / "texts.safetensors")


if __name__ == "__main__":
    main()
