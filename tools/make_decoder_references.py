#!/usr/bin/env python3
"""Writes what transformers computes for decoders of many families, for tfm's tests to compare with.

    tools/make_decoder_references.py --output tests/data/decoders

makes a folder per case: a Hugging Face folder (config.json, model.safetensors) of a small model with
random weights, and expected.safetensors with

    tokens  I64 [count]         the ids given to the model, as many as its context
    logits  F32 [count, vocab]  computed in float64 from the stored weights, then rounded

Needs PyTorch 2, transformers 5 and safetensors.
"""
from __future__ import annotations

import argparse
import math
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file


@dataclass(frozen=True)
class Case:
    """A model class of transformers by the stem of its name, and its configuration."""

    name: str
    family: str  # LlamaForCausalLM and LlamaConfig are of family Llama
    context: int
    fields: dict = field(default_factory=dict)
    zeroed: tuple[str, ...] = ()  # parameters set to zero: they then add nothing


def llama_like(family: str, name: str, context: int, rope: dict | None = None, **fields) -> Case:
    """Sizes that no SIMD register divides; a rotary base that makes several full turns."""
    fields = {"rope_parameters": {"rope_type": "default", "rope_theta": 500.0, **(rope or {})}, **fields}
    sizes = {"vocab_size": 97, "num_hidden_layers": 2, "max_position_embeddings": context}
    return Case(name, family, context, {**sizes, **fields})


def heads(width: int, count: int, kv: int, head_width: int, mlp: int) -> dict:
    return {
        "hidden_size": width,
        "num_attention_heads": count,
        "num_key_value_heads": kv,
        "head_dim": head_width,
        "intermediate_size": mlp,
    }


LLAMA3_SCALING = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}

CASES = [
    llama_like("Llama", "llama_width48_grouped", 23, **heads(48, 4, 2, 12, 80), rms_norm_eps=1e-6,
               tie_word_embeddings=False),
    llama_like("Llama", "llama_width40_multi_query", 37, LLAMA3_SCALING, **heads(40, 5, 1, 18, 67),
               attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rms_norm_eps=1e-3),
    llama_like("Llama", "llama_width36_linear_rope", 31, {"rope_type": "linear", "factor": 2.5},
               **heads(36, 3, 3, 12, 50), tie_word_embeddings=True),
    llama_like("Llama", "llama_width30_geglu", 19, **heads(30, 3, 1, 10, 44), hidden_act="gelu",
               tie_word_embeddings=False),
    llama_like("Llama", "llama_width34_geglu_tanh", 19, **heads(34, 2, 2, 14, 52),
               hidden_act="gelu_pytorch_tanh", tie_word_embeddings=False),
    llama_like("Mistral", "mistral_width44_window7", 40, **heads(44, 6, 2, 10, 70), sliding_window=7,
               tie_word_embeddings=False),
    llama_like("Mistral", "mistral_width32_window24", 300, **heads(32, 4, 2, 8, 48), sliding_window=24,
               tie_word_embeddings=False),
    llama_like("Qwen2", "qwen2_width50", 21, **heads(50, 5, 5, 10, 66), tie_word_embeddings=True),
    llama_like("Qwen2", "qwen2_width42_grouped", 21, **heads(42, 3, 1, 14, 60), tie_word_embeddings=False),
    Case("gpt_neox_width36_parallel", "GPTNeoX", 25,
         {"vocab_size": 97, "hidden_size": 36, "num_hidden_layers": 2, "num_attention_heads": 3,
          "intermediate_size": 100, "hidden_act": "gelu", "max_position_embeddings": 25,
          "use_parallel_residual": True, "tie_word_embeddings": False,
          "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.34}}),
    Case("gpt_neox_width40_sequential", "GPTNeoX", 25,
         {"vocab_size": 101, "hidden_size": 40, "num_hidden_layers": 3, "num_attention_heads": 2,
          "intermediate_size": 90, "hidden_act": "gelu_new", "max_position_embeddings": 25,
          "use_parallel_residual": False, "tie_word_embeddings": False,
          "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 1.0}}),
    Case("gptj_width30_interleaved", "GPTJ", 25,
         {"vocab_size": 97, "n_embd": 30, "n_layer": 2, "n_head": 3, "rotary_dim": 6, "n_inner": 70,
          "n_positions": 25, "activation_function": "gelu_new", "tie_word_embeddings": False},
         ("lm_head.bias",)),
    Case("gptj_width48_interleaved", "GPTJ", 25,
         {"vocab_size": 97, "n_embd": 48, "n_layer": 2, "n_head": 4, "rotary_dim": 12, "n_inner": 100,
          "n_positions": 25, "activation_function": "gelu_new", "tie_word_embeddings": False},
         ("lm_head.bias",)),
    Case("openai_gpt_width36_post_norm", "OpenAIGPT", 22,
         {"vocab_size": 97, "n_embd": 36, "n_layer": 2, "n_head": 3, "n_positions": 22, "afn": "relu"}),
    Case("openai_gpt_width40_post_norm", "OpenAIGPT", 22,
         {"vocab_size": 101, "n_embd": 40, "n_layer": 3, "n_head": 5, "n_positions": 22, "afn": "gelu"}),
    Case("gpt2_width33_no_positions", "GPT2", 19,
         {"vocab_size": 97, "n_embd": 33, "n_layer": 2, "n_head": 3, "n_inner": 41, "n_positions": 19,
          "activation_function": "relu", "tie_word_embeddings": True},
         ("transformer.wpe.weight",)),
    Case("gpt2_width28_silu", "GPT2", 19,
         {"vocab_size": 97, "n_embd": 28, "n_layer": 2, "n_head": 2, "n_positions": 19,
          "activation_function": "silu", "tie_word_embeddings": False}),
]  # fmt: skip


def random_model(case: Case) -> torch.nn.Module:
    """Weights of a scale at which attention is far from uniform, and no bias or gain trivial."""
    config = getattr(transformers, case.family + "Config")(**case.fields)
    config.bos_token_id, config.eos_token_id, config.pad_token_id = 1, 2, None
    config._attn_implementation = "eager"
    torch.manual_seed(sum(case.name.encode()))
    causal = "LMHeadModel" if case.family in ("GPT2", "OpenAIGPT") else "ForCausalLM"
    model = getattr(transformers, case.family + causal)(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_gain = parameter.dim() == 1 and "norm" in name.replace("ln_", "norm") and name.endswith("weight")
            deviation = 1.2 / math.sqrt(parameter.shape[-1]) if parameter.dim() > 1 else 0.3
            parameter.copy_(torch.randn(parameter.shape) * deviation + (1.0 if is_gain else 0.0))
            if name in case.zeroed:
                parameter.zero_()
    return model


@torch.no_grad()
def logits_of(model: torch.nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    return model(tokens[None]).logits[0]


def write_case(case: Case, output: Path) -> str:
    """Writes one folder; returns a line on how far float32 on PyTorch is from what it stores."""
    model = random_model(case)
    folder = output / case.name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tokens = torch.randint(3, case.fields["vocab_size"], (case.context,))
    single = logits_of(model, tokens)
    expected = logits_of(model.double(), tokens)
    save_file({"tokens": tokens, "logits": expected.float().contiguous()}, folder / "expected.safetensors")
    deviation = expected.std().item()
    error = (single - expected).abs().max().item() / deviation
    return f"{case.name}: logits' standard deviation {deviation:.3f}, float32 differs by {error:.1e} of it"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the cases, one folder each")
    parser.add_argument("--only", default="", help="only the cases whose names contain this")
    arguments = parser.parse_args()
    failed = []
    for case in CASES:
        if arguments.only not in case.name:
            continue
        try:
            print(write_case(case, arguments.output), flush=True)
        except Exception:  # the other cases are still worth having
            traceback.print_exc()
            failed.append(case.name)
    if failed:
        raise SystemExit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
