"""A text corpus for training: documents, a byte-level BPE, a stream of token ids, and batches of it."""
from __future__ import annotations

import json
import random
from pathlib import Path

import torch

END_OF_TEXT = "<|endoftext|>"


def read_documents(path: Path) -> list[str]:
    """The documents of a corpus file, without the line breaks around the separator."""
    parts = path.read_text(encoding="utf-8").split(END_OF_TEXT)
    return [part.strip("\n") for part in parts if part.strip()]


def train_tokenizer(documents: list[str], vocab: int, folder: Path) -> None:
    """Writes vocab.json and merges.txt. End-of-text has the last id, as in GPT-2, and is in no merge."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab - 1, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(documents, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    tokens = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    if sorted(tokens.values()) != list(range(vocab - 1)):
        raise SystemExit(
            f"the text gives only {len(tokens)} tokens, wanted {vocab - 1}: choose a smaller --vocab"
        )
    tokens[END_OF_TEXT] = vocab - 1
    ordered = dict(sorted(tokens.items(), key=lambda item: item[1]))
    (folder / "vocab.json").write_text(json.dumps(ordered), encoding="utf-8")


def load_tokenizer(folder: Path):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def encode(tokenizer, documents: list[str]) -> torch.Tensor:
    """One stream of ids: every document has end-of-text before it, and one closes the stream."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    stream = [end]
    for encoding in tokenizer.encode_batch(documents):
        stream.extend(encoding.ids)
        stream.append(end)
    return torch.tensor(stream, dtype=torch.int64)


class Batches:
    """The training stream cut into windows, at a fresh offset and in a fresh order each epoch.

    A batch depends on the seed and its index only, so that a resumed run sees what an uninterrupted one would.
    """

    def __init__(self, stream: torch.Tensor, context: int, batch: int, seed: int):
        self.stream, self.context, self.batch, self.seed = stream, context, batch, seed
        self.per_epoch = (
            (len(stream) - self.context) // self.context // self.batch
        )  # whole ones, at any offset
        if self.per_epoch < 1:
            raise SystemExit("the training text is shorter than one batch")
        self.epoch, self.starts = -1, torch.empty(0)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Input and target ids [batch, context] of the index-th forward pass."""
        epoch, position = divmod(index, self.per_epoch)
        if epoch != self.epoch:
            self.epoch, self.starts = epoch, self.shuffled_starts(epoch)
        starts = self.starts[position * self.batch : (position + 1) * self.batch]
        windows = self.stream[starts[:, None] + torch.arange(self.context + 1, device=self.stream.device)]
        return windows[:, :-1], windows[:, 1:]

    def shuffled_starts(self, epoch: int) -> torch.Tensor:
        chance = random.Random(f"{self.seed}/{epoch}")
        offset = chance.randrange(self.context)
        starts = list(range(offset, len(self.stream) - self.context, self.context))
        chance.shuffle(starts)
        return torch.tensor(starts, device=self.stream.device)
