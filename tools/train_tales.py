#!/usr/bin/env python3
"""Trains a GPT-2-architecture model on a text corpus and exports it as a Hugging Face folder.

The defaults train the model in examples/models/tales. The corpus is UTF-8 text whose documents are
separated by a line holding only <|endoftext|>. The steps are:

  1. train a byte-level BPE in GPT-2's file format (kept in RUN/tokenizer and reused when there),
  2. train the model, with a checkpoint and a row of RUN/loss.csv at every evaluation,
  3. export the weights with the lowest validation loss, rounded to bfloat16, to OUTPUT,
  4. reload that folder with transformers, measure its validation loss, and sample from it.

A run that was stopped goes on with --resume and the same arguments. Needs PyTorch 2, tokenizers and
transformers; a CUDA device is used if there is one.
"""
from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from gpt2_torch import Gpt2, Shape
from text_corpus import END_OF_TEXT, Batches, encode, load_tokenizer, read_documents, train_tokenizer

CURVE_FIELDS = "step epoch tokens learning_rate train_loss valid_loss valid_bits_per_byte seconds".split()
SAMPLE_PROMPTS = [
    "Once upon a time",
    "There was once a king who had three sons",
    "In a dark forest there lived",
]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    paths = parser.add_argument_group("files")
    paths.add_argument("--train", type=Path, required=True, help="training text")
    paths.add_argument("--valid", type=Path, required=True, help="validation text")
    paths.add_argument(
        "--run", type=Path, required=True, help="folder for tokenizer, checkpoint and loss curve"
    )
    paths.add_argument("--output", type=Path, help="folder to export to (default: RUN/export)")
    paths.add_argument(
        "--tokenizer", type=Path, help="folder with vocab.json and merges.txt to use as they are"
    )
    paths.add_argument("--resume", action="store_true", help="go on from RUN/checkpoint.pt")
    shape = parser.add_argument_group("shape")
    shape.add_argument("--vocab", type=int, default=4096, help="tokens, end-of-text included (%(default)s)")
    shape.add_argument("--width", type=int, default=256, help="width of the residual stream (%(default)s)")
    shape.add_argument("--layers", type=int, default=8, help="(%(default)s)")
    shape.add_argument("--heads", type=int, default=8, help="(%(default)s)")
    shape.add_argument("--context", type=int, default=512, help="positions (%(default)s)")
    training = parser.add_argument_group("training")
    training.add_argument(
        "--epochs", type=float, default=36, help="passes over the training text (%(default)s)"
    )
    training.add_argument("--batch", type=int, default=64, help="sequences per forward pass (%(default)s)")
    training.add_argument("--accumulate", type=int, default=1, help="forward passes per step (%(default)s)")
    training.add_argument(
        "--learning-rate", type=float, default=3e-3, help="peak; cosine to zero (%(default)s)"
    )
    training.add_argument("--warmup", type=int, default=200, help="steps of linear warm-up (%(default)s)")
    training.add_argument(
        "--weight-decay", type=float, default=1.0, help="on matrices and embeddings (%(default)s)"
    )
    training.add_argument(
        "--dropout", type=float, default=0.05, help="embeddings, attention, residuals (%(default)s)"
    )
    training.add_argument("--clip", type=float, default=1.0, help="largest gradient norm (%(default)s)")
    training.add_argument("--evaluate-every", type=int, default=500, help="steps (%(default)s)")
    training.add_argument(
        "--time-limit", type=float, default=math.inf, help="stop at a checkpoint after so many seconds"
    )
    training.add_argument("--samples", type=int, default=3, help="stories to write at the end (%(default)s)")
    training.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    training.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu", help="(%(default)s)"
    )
    training.add_argument("--no-compile", action="store_true", help="do not use torch.compile")
    return parser.parse_args()


def learning_rate(step: int, steps: int, options: argparse.Namespace) -> float:
    if step < options.warmup:
        return options.learning_rate * (step + 1) / options.warmup
    progress = (step - options.warmup) / max(1, steps - options.warmup)
    return options.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def mean_loss(model: nn.Module, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(model(ids).flatten(0, 1).float(), targets.flatten())


@torch.no_grad()
def validation_loss(logits_of, stream: torch.Tensor, context: int) -> float:
    """Mean loss in nats per token over the whole stream, cut into windows of `context` inputs without overlap."""
    total = 0.0
    for start in range(0, len(stream) - 1, 32 * context):
        part = stream[start : start + 32 * context + 1]
        whole = (len(part) - 1) // context * context
        pieces = [(part[:whole].view(-1, context), part[1 : whole + 1])] if whole else []
        if whole < len(part) - 1:
            pieces.append((part[None, whole:-1], part[whole + 1 :]))
        for ids, targets in pieces:
            total += F.cross_entropy(logits_of(ids).flatten(0, 1).float(), targets, reduction="sum").item()
    return total / (len(stream) - 1)


class Run:
    """A training run: the model, its optimizer, and what a checkpoint must hold to go on as if never stopped."""

    def __init__(
        self, options: argparse.Namespace, train: torch.Tensor, valid: torch.Tensor, valid_bytes: int
    ):
        self.options, self.valid = options, valid
        self.batches = Batches(train, options.context, options.batch, options.seed)
        self.bits_per_byte = (len(valid) - 1) / valid_bytes / math.log(2)  # times nats per token
        self.steps = int(options.epochs * self.batches.per_epoch / options.accumulate)
        self.step, self.best, self.seconds = 0, math.inf, 0.0
        torch.manual_seed(options.seed)
        shape = Shape(
            options.vocab, options.context, options.width, options.heads, options.layers, options.dropout
        )
        self.model = Gpt2(shape).to(options.device)
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        others = [p for p in self.model.parameters() if p.dim() == 1]
        groups = [
            {"params": matrices, "weight_decay": options.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.cuda = options.device.startswith("cuda")
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.95), fused=self.cuda)
        self.loss = torch.compile(mean_loss) if self.cuda and not options.no_compile else mean_loss

    def autocast(self):
        return torch.autocast("cuda" if self.cuda else "cpu", dtype=torch.bfloat16, enabled=self.cuda)

    def take_step(self) -> torch.Tensor:
        options = self.options
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.steps, options)
        total = torch.zeros((), device=options.device)
        for part in range(options.accumulate):
            ids, targets = self.batches[self.step * options.accumulate + part]
            with self.autocast():
                loss = self.loss(self.model, ids, targets) / options.accumulate
            loss.backward()
            total += loss.detach()
        nn.utils.clip_grad_norm_(self.model.parameters(), options.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return total

    def evaluate(self) -> float:
        self.model.eval()
        with self.autocast():
            loss = validation_loss(self.model, self.valid, self.options.context)
        self.model.train()
        if loss < self.best:
            self.best = loss
            torch.save(self.model.state_dict(), self.options.run / "best.pt")
        return loss

    def save(self) -> None:
        """Writes the checkpoint beside the old one and renames it, so that a crash leaves a whole file."""
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step,
                 "best": self.best, "seconds": self.seconds, "random": torch.get_rng_state(),
                 "cuda_random": torch.cuda.get_rng_state() if self.cuda else None}  # fmt: skip
        torch.save(state, self.options.run / "checkpoint.new")
        (self.options.run / "checkpoint.new").replace(self.options.run / "checkpoint.pt")

    def resume(self) -> None:
        state = torch.load(self.options.run / "checkpoint.pt", map_location="cpu")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.best, self.seconds = state["step"], state["best"], state["seconds"]
        torch.set_rng_state(state["random"])
        if self.cuda:
            torch.cuda.set_rng_state(state["cuda_random"])

    def row(self, train_loss: float, valid_loss: float) -> dict:
        tokens = self.step * self.options.accumulate * self.options.batch * self.options.context
        epoch = self.step * self.options.accumulate / self.batches.per_epoch
        rate = learning_rate(self.step - 1, self.steps, self.options)
        values = [self.step, f"{epoch:.3f}", tokens, f"{rate:.3e}", f"{train_loss:.4f}", f"{valid_loss:.4f}",
                  f"{valid_loss * self.bits_per_byte:.4f}", f"{self.seconds:.1f}"]  # fmt: skip
        return dict(zip(CURVE_FIELDS, values))


def open_curve(path: Path, step: int) -> list[dict]:
    """Rows of an earlier part of this run, up to the checkpoint it goes on from."""
    if step == 0 or not path.exists():
        return []
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if int(row["step"]) <= step]


def write_curve(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, CURVE_FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def train(run: Run) -> bool:
    """Trains to the end or the time limit; true if the run is finished."""
    options = run.options
    curve = options.run / "loss.csv"
    rows = open_curve(curve, run.step)
    began, earlier = time.monotonic(), run.seconds
    losses: list[torch.Tensor] = []
    run.model.train()
    while run.step < run.steps:
        losses.append(run.take_step())
        if run.step % options.evaluate_every and run.step < run.steps:
            continue
        train_loss = torch.stack(losses).mean().item()
        losses.clear()
        valid_loss = run.evaluate()
        run.seconds = earlier + time.monotonic() - began
        rows.append(run.row(train_loss, valid_loss))
        write_curve(curve, rows)
        run.save()
        print(" ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
        if time.monotonic() - began > options.time_limit:
            break
    return run.step >= run.steps


def export(
    weights: dict[str, torch.Tensor], options: argparse.Namespace, tokenizer: Path, output: Path
) -> None:
    """Writes the Hugging Face folder, weights rounded to bfloat16 (nearest, ties to even)."""
    from transformers import GPT2Config, GPT2LMHeadModel

    end = options.vocab - 1
    config = GPT2Config(vocab_size=options.vocab, n_positions=options.context, n_embd=options.width,
                        n_layer=options.layers, n_head=options.heads, bos_token_id=end, eos_token_id=end,
                        resid_pdrop=options.dropout, embd_pdrop=options.dropout, attn_pdrop=options.dropout)  # fmt: skip
    model = GPT2LMHeadModel(config)
    state = {f"transformer.{name}": value for name, value in weights.items()}
    model.load_state_dict(state | {"lm_head.weight": weights["wte.weight"]})
    model.to(torch.bfloat16).save_pretrained(output)
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(tokenizer / name, output / name)
    specials = {"bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT, "unk_token": END_OF_TEXT}
    settings = {
        "tokenizer_class": "GPT2Tokenizer",
        "add_prefix_space": False,
        "model_max_length": options.context,
    }
    (output / "special_tokens_map.json").write_text(json.dumps(specials, indent=2) + "\n")
    (output / "tokenizer_config.json").write_text(json.dumps(settings | specials, indent=2) + "\n")


def sample(model, tokenizer, prompt: str, seed: int) -> dict:
    """One story by transformers' own generation, up to end-of-text or the end of the context."""
    torch.manual_seed(seed)
    ids = torch.tensor([tokenizer.encode(prompt).ids])
    settings = {"temperature": 0.8, "top_k": 40}
    length = model.config.n_positions - ids.shape[1]
    made = model.generate(
        ids, do_sample=True, max_new_tokens=length, pad_token_id=model.config.eos_token_id, **settings
    )
    return {"prompt": prompt, "seed": seed, **settings, "text": tokenizer.decode(made[0].tolist())}


def report(run: Run, tokenizer, output: Path) -> None:
    """Validation loss of the best weights before and after rounding, and samples of the exported model."""
    from transformers import GPT2LMHeadModel

    options = run.options
    torch.set_float32_matmul_precision("highest")
    run.model.eval()
    before = validation_loss(run.model, run.valid, options.context)
    exported = GPT2LMHeadModel.from_pretrained(output, dtype=torch.float32).eval().to(options.device)
    after = validation_loss(lambda ids: exported(ids).logits, run.valid, options.context)
    exported.to("cpu")  # so that the samples do not depend on the device
    result = {"parameters": sum(p.numel() for p in run.model.parameters()), "steps": run.steps, "seconds": run.seconds,
              "train_tokens": len(run.batches.stream), "valid_tokens": len(run.valid), "valid_loss_fp32": before,
              "valid_bits_per_byte_fp32": before * run.bits_per_byte, "valid_loss_bf16": after,
              "valid_bits_per_byte_bf16": after * run.bits_per_byte}  # fmt: skip
    prompts = (SAMPLE_PROMPTS * options.samples)[: options.samples]
    result["samples"] = [
        sample(exported, tokenizer, prompt, seed) for seed, prompt in enumerate(prompts, start=1)
    ]
    (options.run / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def main() -> None:
    options = parse_arguments()
    if options.width % options.heads:
        raise SystemExit(f"--width {options.width} is not a multiple of --heads {options.heads}")
    if (options.run / "checkpoint.pt").exists() != options.resume:
        problem = "no checkpoint to resume" if options.resume else "a checkpoint is there: give --resume"
        raise SystemExit(f"{options.run}: {problem}")
    options.run.mkdir(parents=True, exist_ok=True)
    documents = {"train": read_documents(options.train), "valid": read_documents(options.valid)}
    folder = options.tokenizer or options.run / "tokenizer"
    if not (folder / "merges.txt").exists():
        train_tokenizer(documents["train"], options.vocab, folder)
    tokenizer = load_tokenizer(folder)
    streams = {name: encode(tokenizer, texts).to(options.device) for name, texts in documents.items()}
    valid_bytes = sum(len(text.encode()) for text in documents["valid"])
    run = Run(options, streams["train"], streams["valid"], valid_bytes)
    sizes = f"{len(run.batches.stream)} training tokens, {len(run.valid)} validation tokens"
    print(f"{sizes}, {run.steps} steps", flush=True)
    if options.resume:
        run.resume()
    if not train(run):
        raise SystemExit(f"stopped at step {run.step} of {run.steps} by --time-limit: go on with --resume")
    run.model.load_state_dict(torch.load(options.run / "best.pt", map_location=options.device))
    output = options.output or options.run / "export"
    export({name: value.cpu() for name, value in run.model.state_dict().items()}, options, folder, output)
    shutil.copyfile(options.run / "loss.csv", output / "loss.csv")
    report(run, tokenizer, output)


if __name__ == "__main__":
    main()
