#!/usr/bin/env python3
"""Writes what transformers computes for encoders of the BERT family, for tfm's tests to compare with.

    tools/make_encoder_references.py --output tests/data/encoders

makes a folder per case: a Hugging Face folder (config.json, model.safetensors) of a small model with
random weights, as transformers saves it, and expected.safetensors, computed in float64 from the stored
weights and then rounded, for a padded batch of B sequences of up to T tokens:

    tokens, mask, types  I64 [B, T]           mask: 1 for a token, 0 for padding
    hidden               F32 [tokens, width]  the last layer's features, without those of the padding
    mean                 F32 [B, width]       the mean of each sequence's features
    pooled               F32 [B, width]       behind the pooler, where the case has one
    logits               F32 [B, labels]      where the case has labels

A second witness, the same weights in torch.nn.TransformerEncoder (encoder_torch.py), has to agree.
Needs PyTorch 2, transformers 5 and safetensors.
"""

import argparse
import sys
import traceback
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).resolve().parent))
from encoder_torch import Case, hugging_face_tensors, random_model  # noqa: E402

# In standard deviations: what single precision inside a float64 model may cost, and no more.
LARGEST_DISAGREEMENT = 1e-5

CASES = [
    Case("bert_width36_classifier", "bert", 36, 3, 2, 70, 97, 41, (1, 17, 41, 5, 16, 23), 2, labels=3),
    Case("bert_width50_old_norms", "bert", 50, 5, 3, 66, 101, 150, (2, 150, 31, 33), 3, "gelu_new", 1e-5,
         old_norms=True),
    Case("distilbert_width33_classifier", "distilbert", 33, 3, 2, 47, 97, 39, (39, 1, 15, 18), labels=2),
    Case("distilbert_width56_relu", "distilbert", 56, 7, 2, 80, 103, 35, (7, 32, 35), activation="relu"),
]  # fmt: skip


def config_of(case):
    shared = {"vocab_size": case.vocab, "max_position_embeddings": case.context, "pad_token_id": 0}
    if case.labels:
        shared["num_labels"] = case.labels
    if case.family == "bert":
        return transformers.BertConfig(
            hidden_size=case.width, num_attention_heads=case.heads, num_hidden_layers=case.layers,
            intermediate_size=case.mlp_width, hidden_act=case.activation, type_vocab_size=case.types,
            layer_norm_eps=case.epsilon, **shared,
        )  # fmt: skip
    return transformers.DistilBertConfig(
        dim=case.width, n_heads=case.heads, n_layers=case.layers, hidden_dim=case.mlp_width,
        activation=case.activation, **shared,
    )  # fmt: skip


def transformers_model(case, tensors):
    """transformers' model with these weights, which must be all that it has and no more."""
    config = config_of(case)
    config._attn_implementation = "eager"
    stem = "Bert" if case.family == "bert" else "DistilBert"
    task = "ForSequenceClassification" if case.labels else "Model"
    model = getattr(transformers, stem + task)(config).eval()
    model.load_state_dict({name: tensor.detach() for name, tensor in tensors.items()}, strict=True)
    return model


def padded_batch(case):
    """Random tokens and types; what the padding holds must not matter, so it is random too."""
    longest = max(case.lengths)
    tokens = torch.randint(0, case.vocab, (len(case.lengths), longest))
    types = torch.randint(0, max(case.types, 1), tokens.shape)
    mask = (torch.arange(longest) < torch.tensor(case.lengths)[:, None]).long()
    return tokens, mask, types


@torch.no_grad()
def results_of(case, model, tokens, mask, types):
    """What transformers makes of a batch. A classifier's pooled features are what its last layer is given."""
    inputs = {"input_ids": tokens, "attention_mask": mask}
    if case.types:
        inputs["token_type_ids"] = types
    base = model.base_model(**inputs)
    hidden = base.last_hidden_state
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    results = {"hidden": hidden[mask == 1], "mean": mean}
    if case.family == "bert":
        results["pooled"] = base.pooler_output
    if case.labels:
        listen = model.classifier.register_forward_pre_hook(
            lambda _, given: results.update(pooled=given[0].clone())
        )
        results["logits"] = model(**inputs).logits
        listen.remove()
    return results


def differences(found, expected):
    """Largest difference of each tensor, in standard deviations of what is expected."""
    assert found.keys() == expected.keys(), (found.keys(), expected.keys())
    return {
        name: ((found[name] - tensor).abs().max() / tensor.std()).item() for name, tensor in expected.items()
    }


def save_model(case, model, folder):
    """As transformers does, except for the names of norms in BERT's first checkpoints."""
    model.save_pretrained(folder)
    file = folder / "model.safetensors"
    tensors = load_file(file)
    assert tensors.keys() == model.state_dict().keys(), sorted(tensors.keys() ^ model.state_dict().keys())
    if case.old_norms:
        for new, old in (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")):
            tensors = {name.replace(new, old): tensor for name, tensor in tensors.items()}
        save_file(tensors, file, metadata={"format": "pt"})


def write_case(case, output):
    """Writes one folder; returns a line on how far other ways to compute it are from what it stores."""
    plain = random_model(case)
    batch = padded_batch(case)
    model = transformers_model(case, hugging_face_tensors(plain))
    folder = output / case.name
    folder.mkdir(parents=True, exist_ok=True)
    save_model(case, model, folder)
    single = results_of(case, model, *batch)
    expected = results_of(case, model.double(), *batch)
    with torch.no_grad():
        witness = differences(plain.double()(*batch), expected)
    if max(witness.values()) > LARGEST_DISAGREEMENT:
        raise ValueError(f"{case.name}: PyTorch alone computes something else: {witness}")
    stored = dict(zip(("tokens", "mask", "types"), batch))
    stored.update({name: tensor.float().contiguous() for name, tensor in expected.items()})
    save_file(stored, folder / "expected.safetensors")
    float32 = max(differences(single, expected).values())
    return (
        f"{case.name}: in standard deviations, float32 differs by {float32:.1e}, "
        f"PyTorch without transformers by {max(witness.values()):.1e} ({', '.join(witness)})"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the cases, one folder each")
    arguments = parser.parse_args()
    print(f"transformers {transformers.__version__}, PyTorch {torch.__version__}", flush=True)
    failed = []
    for case in CASES:
        try:
            print(write_case(case, arguments.output), flush=True)
        except Exception:  # the other cases are still worth having
            traceback.print_exc()
            failed.append(case.name)
    if failed:
        raise SystemExit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
