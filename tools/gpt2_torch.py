"""GPT-2 in plain PyTorch, for training: parameter names, orientation and initialisation are GPT-2's."""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Shape:
    vocab: int
    context: int
    width: int
    heads: int
    layers: int
    dropout: float  # of embeddings, attention weights and what a block adds to the residual stream


class Conv1D(nn.Module):
    """Affine map with its weight stored [in, out]."""

    def __init__(self, inputs: int, outputs: int, deviation: float):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * deviation)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight.t(), self.bias)


class Attention(nn.Module):
    def __init__(self, shape: Shape, deviation: float):
        super().__init__()
        self.heads, self.dropout = shape.heads, shape.dropout
        self.c_attn = Conv1D(shape.width, 3 * shape.width, 0.02)
        self.c_proj = Conv1D(shape.width, shape.width, deviation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, positions, width = x.shape
        split = (batch, positions, self.heads, width // self.heads)
        q, k, v = (part.view(split).transpose(1, 2) for part in self.c_attn(x).split(width, dim=2))
        rate = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=rate)
        return self.c_proj(y.transpose(1, 2).reshape(batch, positions, width))


class Mlp(nn.Module):
    def __init__(self, width: int, deviation: float):
        super().__init__()
        self.c_fc = Conv1D(width, 4 * width, 0.02)
        self.c_proj = Conv1D(4 * width, width, deviation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        deviation = 0.02 / math.sqrt(2 * shape.layers)  # keeps the residual stream's variance over depth
        self.ln_1 = nn.LayerNorm(shape.width)
        self.attn = Attention(shape, deviation)
        self.ln_2 = nn.LayerNorm(shape.width)
        self.mlp = Mlp(shape.width, deviation)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.drop(self.attn(self.ln_1(x)))
        return x + self.drop(self.mlp(self.ln_2(x)))


class Gpt2(nn.Module):
    """Token ids [batch, positions] to logits [batch, positions, vocab]; the head is tied to the embedding."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.wte = nn.Embedding(shape.vocab, shape.width)
        self.wpe = nn.Embedding(shape.context, shape.width)
        nn.init.normal_(self.wte.weight, std=0.02)
        nn.init.normal_(self.wpe.weight, std=0.02)
        self.drop = nn.Dropout(shape.dropout)
        self.h = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.ln_f = nn.LayerNorm(shape.width)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.drop(self.wte(ids) + self.wpe.weight[: ids.shape[1]])
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)
