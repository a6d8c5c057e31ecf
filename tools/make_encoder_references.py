#!/usr/bin/env python3
"""Writes what PyTorch computes for encoders of the BERT family, for tfm's tests to compare with.

    tools/make_encoder_references.py --output tests/data/encoders

makes a folder per case: a Hugging Face folder (config.json, model.safetensors) of a small model with
random weights, and expected.safetensors, computed in float64 from the stored weights and then rounded,
for a padded batch of B sequences of up to T tokens:

    tokens, mask, types  I64 [B, T]           mask: 1 for a token, 0 for padding
    hidden               F32 [tokens, width]  the last layer's features, without those of the padding
    mean                 F32 [B, width]       the mean of each sequence's features
    pooled               F32 [B, width]       behind the pooler, where the case has one
    logits               F32 [B, labels]      where the case has labels

The blocks are torch.nn.TransformerEncoder with key_padding_mask, which shares nothing with transformers
or tfm; embeddings, poolers and classifiers follow the papers and transformers' modeling_bert.py and
modeling_distilbert.py, as do the names of weights and the fields of config.json. Needs PyTorch.
"""

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples" / "train_your_own"))
from export import save_safetensors  # noqa: E402


@dataclass(frozen=True)
class Case:
    name: str
    family: str
    width: int
    heads: int
    layers: int
    mlp_width: int
    vocab: int
    context: int
    lengths: tuple
    types: int = 0  # kinds of token
    activation: str = "gelu"
    epsilon: float = 1e-12
    labels: int = 0  # 0: the encoder alone, whose names have no prefix
    old_norms: bool = False  # gamma and beta, as in BERT's first checkpoints


CASES = [
    Case("bert_width36_classifier", "bert", 36, 3, 2, 70, 97, 41, (1, 17, 41, 5, 16, 23), 2, labels=3),
    Case("bert_width50_old_norms", "bert", 50, 5, 3, 66, 101, 150, (2, 150, 31, 33), 3, "gelu_new", 1e-5,
         old_norms=True),
    Case("distilbert_width33_classifier", "distilbert", 33, 3, 2, 47, 97, 39, (39, 1, 15, 18), labels=2),
    Case("distilbert_width56_relu", "distilbert", 56, 7, 2, 80, 103, 35, (7, 32, 35), activation="relu"),
]  # fmt: skip

ACTIVATIONS = {
    "gelu": nn.functional.gelu,
    "gelu_new": lambda x: nn.functional.gelu(x, approximate="tanh"),
    "relu": torch.relu,
}


class Encoder(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.case = case
        self.tokens = nn.Embedding(case.vocab, case.width)
        self.positions = nn.Embedding(case.context, case.width)
        self.types = nn.Embedding(case.types, case.width) if case.types else None
        self.norm = nn.LayerNorm(case.width, eps=case.epsilon)
        layer = nn.TransformerEncoderLayer(
            case.width, case.heads, case.mlp_width, dropout=0.0, activation=ACTIVATIONS[case.activation],
            layer_norm_eps=case.epsilon, batch_first=True, norm_first=False,
        )  # fmt: skip
        self.blocks = nn.TransformerEncoder(layer, case.layers, enable_nested_tensor=False)
        has_pooler = case.family == "bert" or case.labels
        self.pooler = nn.Linear(case.width, case.width) if has_pooler else None
        self.classifier = nn.Linear(case.width, case.labels) if case.labels else None

    def forward(self, tokens, mask, types):
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        if self.types is not None:
            x = x + self.types(types)
        hidden = self.blocks(self.norm(x), src_key_padding_mask=mask == 0)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        result = {"hidden": hidden[mask == 1], "mean": mean}
        if self.pooler is not None:
            bound = torch.tanh if self.case.family == "bert" else torch.relu
            result["pooled"] = bound(self.pooler(hidden[:, 0]))
        if self.classifier is not None:
            result["logits"] = self.classifier(result["pooled"])
        return result


def random_model(case):
    """Weights of a scale at which attention is far from uniform, and no bias or gain trivial."""
    torch.manual_seed(sum(case.name.encode()))
    model = Encoder(case).train()  # not eval: that would take PyTorch's other, fused path
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_gain = "norm" in name and name.endswith("weight")
            deviation = 1.2 / math.sqrt(parameter.shape[-1]) if parameter.dim() > 1 else 0.3
            parameter.copy_(torch.randn(parameter.shape) * deviation + (1.0 if is_gain else 0.0))
    return model


BLOCK_NAMES = {
    "bert": ("encoder.layer", "attention.self.query", "attention.self.key", "attention.self.value",
             "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense",
             "output.LayerNorm"),
    "distilbert": ("transformer.layer", "attention.q_lin", "attention.k_lin", "attention.v_lin",
                   "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
}  # fmt: skip


def block_tensors(family, index, layer):
    prefix, query, key, value, *others = BLOCK_NAMES[family]
    named = {}
    for kind, of_all in (("weight", layer.self_attn.in_proj_weight), ("bias", layer.self_attn.in_proj_bias)):
        for name, part in zip((query, key, value), of_all.chunk(3)):
            named[f"{name}.{kind}"] = part
    modules = (layer.self_attn.out_proj, layer.norm1, layer.linear1, layer.linear2, layer.norm2)
    for name, module in zip(others, modules):
        named.update({f"{name}.weight": module.weight, f"{name}.bias": module.bias})
    return {f"{prefix}.{index}.{name}": tensor for name, tensor in named.items()}


def hugging_face_tensors(model):
    """The parameters under the names that transformers gives them."""
    case = model.case
    named = {
        "embeddings.word_embeddings.weight": model.tokens.weight,
        "embeddings.position_embeddings.weight": model.positions.weight,
        "embeddings.LayerNorm.weight": model.norm.weight,
        "embeddings.LayerNorm.bias": model.norm.bias,
    }
    if model.types is not None:
        named["embeddings.token_type_embeddings.weight"] = model.types.weight
    for index, layer in enumerate(model.blocks.layers):
        named.update(block_tensors(case.family, index, layer))
    if case.family == "bert":
        named.update({"pooler.dense.weight": model.pooler.weight, "pooler.dense.bias": model.pooler.bias})
    if case.labels:
        named = {f"{case.family}.{name}": tensor for name, tensor in named.items()}
        named.update({"classifier.weight": model.classifier.weight, "classifier.bias": model.classifier.bias})
        if case.family == "distilbert":
            pooler = model.pooler
            named.update({"pre_classifier.weight": pooler.weight, "pre_classifier.bias": pooler.bias})
    if case.old_norms:
        for new, old in (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")):
            named = {name.replace(new, old): tensor for name, tensor in named.items()}
    return named


def config_of(case):
    shared = {"vocab_size": case.vocab, "max_position_embeddings": case.context, "pad_token_id": 0}
    if case.family == "bert":
        return {
            "architectures": ["BertForSequenceClassification" if case.labels else "BertModel"],
            "model_type": "bert", "hidden_size": case.width, "num_attention_heads": case.heads,
            "num_hidden_layers": case.layers, "intermediate_size": case.mlp_width,
            "hidden_act": case.activation, "type_vocab_size": case.types, "layer_norm_eps": case.epsilon,
            "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
            "position_embedding_type": "absolute", **shared,
        }  # fmt: skip
    return {
        "architectures": ["DistilBertForSequenceClassification" if case.labels else "DistilBertModel"],
        "model_type": "distilbert", "dim": case.width, "n_heads": case.heads, "n_layers": case.layers,
        "hidden_dim": case.mlp_width, "activation": case.activation, "dropout": 0.1,
        "attention_dropout": 0.1, "sinusoidal_pos_embds": False, "tie_weights_": True, **shared,
    }  # fmt: skip


def padded_batch(case):
    """Random tokens and types; what the padding holds must not matter, so it is random too."""
    longest = max(case.lengths)
    tokens = torch.randint(0, case.vocab, (len(case.lengths), longest))
    types = torch.randint(0, max(case.types, 1), tokens.shape)
    mask = (torch.arange(longest) < torch.tensor(case.lengths)[:, None]).long()
    return tokens, mask, types


@torch.no_grad()
def write_case(case, output):
    """Writes one folder; returns a line on how far float32 on PyTorch is from what it stores."""
    model = random_model(case)
    folder = output / case.name
    folder.mkdir(parents=True, exist_ok=True)
    save_safetensors(folder / "model.safetensors", hugging_face_tensors(model))
    config = json.dumps(config_of(case), indent=2, sort_keys=True)
    (folder / "config.json").write_text(config + "\n", encoding="ascii")
    batch = padded_batch(case)
    single = model(*batch)
    expected = model.double()(*batch)
    stored = dict(zip(("tokens", "mask", "types"), batch))
    stored.update({name: tensor.float() for name, tensor in expected.items()})
    save_safetensors(folder / "expected.safetensors", stored)
    errors = [
        f"{name} {((single[name] - tensor).abs().max() / tensor.std()).item():.1e}"
        for name, tensor in expected.items()
    ]
    return f"{case.name}: float32 differs, in standard deviations, by: {', '.join(errors)}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the cases, one folder each")
    arguments = parser.parse_args()
    for case in CASES:
        print(write_case(case, arguments.output), flush=True)


if __name__ == "__main__":
    main()
