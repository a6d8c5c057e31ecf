#!/usr/bin/env python3
"""Writes what Hugging Face's `tokenizers` makes of a text, for tfm's tests to compare with.

    tools/make_tokenizer_references.py --folder DIR --corpus FILE --output FILE

DIR holds vocab.json and merges.txt. The corpus (UTF-8) is cut into pieces that are encoded one by
one: a piece ends 65536 bytes after its start, or up to three bytes earlier so as not to split a
character. The output has a line `corpus BYTES HASH`, then `TOKENS HASH` for each piece; a hash is
64-bit FNV-1a, over the corpus' bytes or over the ids as little-endian 32-bit integers.

    tools/make_tokenizer_references.py --folder DIR --texts FILE.json --vectors FILE.json

encodes a JSON list of strings and writes a list of {"text", "ids", "ids_as_text"}: the last, given
where it differs, is the result when special tokens are not recognised.

Needs the Python package `tokenizers`.
"""

import argparse
import json
import pathlib

import tokenizers
from tokenizers import decoders, models, pre_tokenizers

PIECE_BYTES = 65536
END_OF_TEXT = "<|endoftext|>"


def gpt2_tokenizer(folder, with_special_tokens=True):
    """Put together as transformers' GPT2TokenizerFast does it."""
    files = [str(folder / name) for name in ("vocab.json", "merges.txt")]
    tokenizer = tokenizers.Tokenizer(models.BPE.from_file(*files))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if with_special_tokens and tokenizer.token_to_id(END_OF_TEXT) is not None:
        tokenizer.add_special_tokens([END_OF_TEXT])
    return tokenizer


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def pieces(data):
    begin = 0
    while begin < len(data):
        end = min(begin + PIECE_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        yield data[begin:end].decode("utf-8")
        begin = end


def write_hashes(folder, corpus, output):
    tokenizer = gpt2_tokenizer(folder)
    data = corpus.read_bytes()
    encodings = tokenizer.encode_batch(list(pieces(data)), add_special_tokens=False)
    lines = [f"# Hugging Face tokenizers {tokenizers.__version__}; see tools/{pathlib.Path(__file__).name}"]
    lines.append(f"corpus {len(data)} {fnv1a(data):016x}")
    for encoding in encodings:
        ids = b"".join(token.to_bytes(4, "little") for token in encoding.ids)
        lines.append(f"{len(encoding.ids)} {fnv1a(ids):016x}")
    output.write_text("\n".join(lines) + "\n", encoding="ascii")


def write_vectors(folder, texts, output):
    tokenizer = gpt2_tokenizer(folder)
    plain = gpt2_tokenizer(folder, with_special_tokens=False)
    vectors = []
    for text in json.loads(texts.read_text(encoding="utf-8")):
        vectors.append({"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids})
        ids_as_text = plain.encode(text, add_special_tokens=False).ids
        if ids_as_text != vectors[-1]["ids"]:
            vectors[-1]["ids_as_text"] = ids_as_text
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    output.write_text(f"[\n{lines}\n]\n", encoding="ascii")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=pathlib.Path, help="folder of vocab.json and merges.txt")
    parser.add_argument("--corpus", type=pathlib.Path, help="UTF-8 text to encode")
    parser.add_argument("--output", type=pathlib.Path, help="where the hashes go")
    parser.add_argument("--texts", type=pathlib.Path, help="JSON list of strings to encode")
    parser.add_argument("--vectors", type=pathlib.Path, help="where their ids go")
    arguments = parser.parse_args()
    if arguments.folder and arguments.corpus and arguments.output:
        write_hashes(arguments.folder, arguments.corpus, arguments.output)
    if arguments.folder and arguments.texts and arguments.vectors:
        write_vectors(arguments.folder, arguments.texts, arguments.vectors)
    if not arguments.output and not arguments.vectors:
        parser.error("nothing to write: give --output or --vectors")


if __name__ == "__main__":
    main()
