#!/usr/bin/env python3
"""Checks and times PyTorch and prints one JSON object.

--implementation plain is written for PyTorch alone, with a preallocated cache; transformers is
GPT2LMHeadModel with its DynamicCache. Exits 77, saying why, where a precision cannot be timed.
"""
import argparse
import math
import sys
from pathlib import Path

import peer
import torch
import torch.nn.functional as F
from checkpoint import Checkpoint

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
SKIPPED = 77


class Linear:
    """Weights of (inputs, outputs), which suits products of many rows and of one."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor):
        self.weight = weight
        self.bias = bias
        self.transposed = weight.t()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[0] == 1 and x.dtype == torch.float32:
            return torch.addmv(self.bias, self.transposed, x[0])[None]
        return torch.addmm(self.bias, x, self.weight)


class Norm:
    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, epsilon: float):
        self.parameters = (weight.shape, weight, bias, epsilon)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, *self.parameters)


class Block:
    def __init__(self, checkpoint: Checkpoint, index: int, parameters):
        epsilon = checkpoint.config.layer_norm_epsilon
        self.heads = checkpoint.config.n_head
        name = f"h.{index}"
        self.attention_norm = Norm(*parameters(f"{name}.ln_1"), epsilon)
        self.qkv = Linear(*parameters(f"{name}.attn.c_attn"))
        self.projection = Linear(*parameters(f"{name}.attn.c_proj"))
        self.mlp_norm = Norm(*parameters(f"{name}.ln_2"), epsilon)
        self.up = Linear(*parameters(f"{name}.mlp.c_fc"))
        self.down = Linear(*parameters(f"{name}.mlp.c_proj"))

    def attend(self, x, keys, values, mask, position: int) -> torch.Tensor:
        """`x` of (batch * rows, width); keys and values of (batch * heads, capacity, head width)."""
        batch = keys.shape[0] // self.heads
        rows, head_width = x.shape[0] // batch, keys.shape[2]
        qkv = self.qkv(x).view(batch, rows, 3, self.heads, head_width).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.reshape(3, batch * self.heads, rows, head_width)
        end = position + rows
        keys[:, position:end] = key
        values[:, position:end] = value
        scale = 1 / math.sqrt(head_width)
        scores = torch.baddbmm(mask, query, keys[:, :end].transpose(1, 2), alpha=scale)
        heads = torch.bmm(torch.softmax(scores, -1), values[:, :end])
        heads = heads.view(batch, self.heads, rows, head_width).transpose(1, 2)
        return self.projection(heads.reshape(x.shape))

    def __call__(self, x, keys, values, mask, position: int) -> torch.Tensor:
        x = x + self.attend(self.attention_norm(x), keys, values, mask, position)
        return x + self.down(F.gelu(self.up(self.mlp_norm(x)), approximate="tanh"))


class PlainGpt2:
    version = torch.__version__

    def __init__(self, folder: Path, dtype: torch.dtype):
        checkpoint = Checkpoint(folder)
        self.config = checkpoint.config
        self.vocab = self.config.vocab_size
        self.dtype = dtype

        def tensor(name: str) -> torch.Tensor:
            return torch.from_numpy(checkpoint.tensors[name]).to(dtype)

        def parameters(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return tensor(f"{name}.weight"), tensor(f"{name}.bias")

        self.tokens = tensor("wte.weight")
        self.positions = tensor("wpe.weight")
        self.blocks = [Block(checkpoint, i, parameters) for i in range(self.config.n_layer)]
        self.norm = Norm(*parameters("ln_f"), self.config.layer_norm_epsilon)
        self.head = self.tokens if checkpoint.is_tied else tensor("lm_head.weight")

    def session(self, batch: int, capacity: int) -> "PlainSession":
        return PlainSession(self, batch, capacity)


class PlainSession:
    def __init__(self, model: PlainGpt2, batch: int, capacity: int):
        config = model.config
        self.model = model
        self.position = 0
        shape = (batch * config.n_head, capacity, config.n_embd // config.n_head)
        self.cache = [
            (torch.zeros(shape, dtype=model.dtype), torch.zeros(shape, dtype=model.dtype))
            for _ in range(config.n_layer)
        ]

    def rewind(self, position: int) -> None:
        self.position = position

    def mask(self, rows: int) -> torch.Tensor:
        """Added to the scores: minus infinity for what comes later."""
        if rows == 1:
            return torch.zeros(1, 1, 1, dtype=self.model.dtype)
        mask = torch.full((1, rows, self.position + rows), -math.inf, dtype=self.model.dtype)
        return mask.triu_(self.position + 1)

    @torch.inference_mode()
    def forward(self, rows: list[list[int]]) -> None:
        model = self.model
        tokens = torch.tensor(rows)
        batch, count = tokens.shape
        end = self.position + count
        x = model.tokens[tokens] + model.positions[self.position : end]
        x = x.view(batch * count, -1)
        mask = self.mask(count)
        for block, (keys, values) in zip(model.blocks, self.cache):
            x = block(x, keys, values, mask, self.position)
        last = model.norm(x.view(batch, count, -1)[:, -1])
        if batch == 1 and last.dtype == torch.float32:
            self.last_logits = torch.mv(model.head, last[0])[None]
        else:
            self.last_logits = F.linear(last, model.head)
        self.position = end

    def logits(self, sequence: int) -> list[float]:
        return self.last_logits[sequence].tolist()


class TransformersGpt2:
    def __init__(self, folder: Path, dtype: torch.dtype):
        import transformers

        self.version = f"{torch.__version__}, transformers {transformers.__version__}"
        self.model = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=dtype).eval()
        self.new_cache = transformers.DynamicCache
        self.vocab = self.model.config.vocab_size

    def session(self, batch: int, capacity: int) -> "TransformersSession":
        return TransformersSession(self)


class TransformersSession:
    def __init__(self, gpt2: TransformersGpt2):
        self.gpt2 = gpt2
        self.cache = gpt2.new_cache()

    def rewind(self, position: int) -> None:
        if position == 0:
            self.cache = self.gpt2.new_cache()
        else:
            self.cache.crop(position)

    @torch.inference_mode()
    def forward(self, rows: list[list[int]]) -> None:
        tokens = torch.tensor(rows)
        output = self.gpt2.model(tokens, past_key_values=self.cache, logits_to_keep=1)
        self.last_logits = output.logits[:, -1]

    def logits(self, sequence: int) -> list[float]:
        return self.last_logits[sequence].tolist()


IMPLEMENTATIONS = {"plain": PlainGpt2, "transformers": TransformersGpt2}


def require_fast_bf16() -> None:
    needed = {"avx512bw", "avx512vl", "avx512dq"}
    if not needed <= set(Path("/proc/cpuinfo").read_text().split()):
        print("without AVX-512 PyTorch has no fast bf16", file=sys.stderr)
        sys.exit(SKIPPED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--implementation", choices=list(IMPLEMENTATIONS), default="plain")
    parser.add_argument("--precision", choices=list(PRECISIONS), default="fp32")
    parser.add_argument("--name", default="pytorch", help="of this peer in the report")
    peer.add_options(parser)
    arguments = parser.parse_args()
    if arguments.precision == "bf16":
        require_fast_bf16()
    torch.set_num_threads(arguments.threads)
    dtype, implementation = PRECISIONS[arguments.precision], IMPLEMENTATIONS[arguments.implementation]
    peer.run(arguments.name, lambda: implementation(arguments.model, dtype), arguments)


if __name__ == "__main__":
    main()
