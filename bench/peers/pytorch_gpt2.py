#!/usr/bin/env python3
"""Times GPT-2 small of transformers in fp32 with random weights: the figures of bench/gpt2_speed for
PyTorch, as rows of the same Markdown table (medians, least-most). Needs PyTorch 2 and transformers.
"""
import argparse
import statistics
import time

import torch
import transformers
from transformers import DynamicCache, GPT2Config, GPT2LMHeadModel


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:.2f} ({min(seconds) * 1e3:.2f}-{max(seconds) * 1e3:.2f})"


@torch.inference_mode()
def time_decode(model: GPT2LMHeadModel, context: int, tokens: int) -> float:
    """Seconds a token after `context` others."""
    cache = DynamicCache()
    model(torch.ones(1, context, dtype=torch.long), past_key_values=cache, logits_to_keep=1)
    token = torch.tensor([[7]])
    begin = time.perf_counter()
    for _ in range(tokens):
        token = model(token, past_key_values=cache, logits_to_keep=1).logits[:, -1:].argmax(-1)
    return (time.perf_counter() - begin) / tokens


@torch.inference_mode()
def time_prompt(model: GPT2LMHeadModel, count: int) -> float:
    tokens = torch.arange(count)[None] * 7919 % model.config.vocab_size
    begin = time.perf_counter()
    model(tokens, logits_to_keep=1)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", default="1,2", help="thread counts to time (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="timed rounds (default: %(default)s)")
    parser.add_argument("--context", type=int, default=256, help="tokens in the cache before decoding")
    parser.add_argument("--prompt", type=int, default=512, help="tokens of the prompt")
    arguments = parser.parse_args()
    print(f"PyTorch {torch.__version__}, transformers {transformers.__version__}, fp32\n")
    print("| work | threads | ms |\n|---|---|---|")
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config()).eval()
    for threads in map(int, arguments.threads.split(",")):
        torch.set_num_threads(threads)
        decode, prompt = [], []
        for _ in range(arguments.rounds + 1):  # the first warms up
            decode.append(time_decode(model, arguments.context, 8))
            prompt.append(time_prompt(model, arguments.prompt))
        print(f"| decode at {arguments.context} | {threads} | {spread(decode[1:])} |")
        print(f"| prompt of {arguments.prompt} | {threads} | {spread(prompt[1:])} |", flush=True)


if __name__ == "__main__":
    main()
