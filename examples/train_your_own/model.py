#!/usr/bin/env python3
"""Trains a tiny decoder of PyTorch's own layers and exports it; my_model.hpp is its other half.

    examples/train_your_own/model.py --output FOLDER

writes FOLDER/model.safetensors, and FOLDER/expected.safetensors: some tokens and PyTorch's logits.
"""
import argparse
from pathlib import Path

import torch
from torch import nn

from export import save_safetensors

VOCAB, CONTEXT, WIDTH, HEADS, LAYERS, MLP = 29, 24, 20, 2, 2, 52


class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCAB, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, MLP, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, LAYERS, norm=nn.LayerNorm(WIDTH))
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        future = torch.triu(torch.full((ids.shape[1],) * 2, float("-inf")), diagonal=1)
        return self.head(self.blocks(x, mask=future))


def train(model):
    """To count upwards, in steps of three."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(300):
        ids = (torch.randint(VOCAB, (16, 1)) + 3 * torch.arange(CONTEXT)) % VOCAB
        loss = nn.functional.cross_entropy(model(ids)[:, :-1].transpose(1, 2), ids[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder for the two files")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    model = MyModel()
    train(model)
    # tfm looks for NAME.weight and NAME.bias.
    state = {name.replace("in_proj_", "in_proj."): tensor for name, tensor in model.state_dict().items()}
    save_safetensors(folder / "model.safetensors", state)
    ids = torch.randint(VOCAB, (1, CONTEXT))
    save_safetensors(folder / "expected.safetensors", {"tokens": ids[0], "logits": model(ids)[0]})


if __name__ == "__main__":
    main()
