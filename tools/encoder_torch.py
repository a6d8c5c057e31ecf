"""Encoders of the BERT family in plain PyTorch, with the weight names of transformers.

The blocks are torch.nn.TransformerEncoder with key_padding_mask, which shares nothing with transformers
or tfm; embeddings, poolers and classifiers follow the papers.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn


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
    return named
