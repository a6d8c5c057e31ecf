#!/usr/bin/env python3
"""Writes the tokenizer.json of a byte-level tokenizer that is published without one.

    tools/make_tokenizer_json.py --folder DIR --output FILE

DIR holds tokenizer_config.json and either a tokenizer.model in tiktoken's format, a line
"base64 rank" for each token (Llama 3), or vocab.json and merges.txt (Qwen2). The file is what
transformers' converters write for those: the split pattern, the normalizer and the added tokens
are the class's, the merges of a tiktoken file follow from its ranks. A tokenizer.model of
SentencePiece (Llama 2) is another format: transformers converts it,

    AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)

Needs Python 3.9 and nothing else.
"""

import argparse
import base64
import json
import pathlib

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3_PATTERN = CONTRACTIONS + REST % "{1,3}"
QWEN2_PATTERN = CONTRACTIONS + REST % ""


def byte_characters():
    """The character that stands for each byte in a byte-level vocabulary, as GPT-2 chose them."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(b) if b in printable else chr(next(others)) for b in range(256)]


BYTE_CHARACTERS = byte_characters()


def spelling(token):
    return "".join(BYTE_CHARACTERS[byte] for byte in token)


def read_ranks(path):
    """The tokens of a tiktoken file with their ranks."""
    ranks = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except ValueError:
            raise SystemExit(
                f"{path}: line {number}: expected a token in base64 and its rank. A tokenizer.model of "
                "SentencePiece has another format, which transformers converts: "
                "AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)"
            ) from None
    return ranks


def merges_of(ranks):
    """Every way to make a token of two others: by the token's rank, then by those of the two."""
    merges = []
    for token, rank in ranks.items():
        cuts = [(token[:i], token[i:]) for i in range(1, len(token))]
        known = [(rank, ranks[a], ranks[b], a, b) for a, b in cuts if a in ranks and b in ranks]
        merges.extend(known)
    merges.sort(key=lambda merge: merge[:3])
    return [[spelling(a), spelling(b)] for _, _, _, a, b in merges]


def read_merges(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    return [line.split(" ") for line in lines if line and not line.startswith("#version")]


def added_tokens(config):
    return [
        {"id": int(number)} | {key: token[key] for key in
         ("content", "single_word", "lstrip", "rstrip", "normalized", "special")}
        for number, token in config.get("added_tokens_decoder", {}).items()
    ]


def byte_level(add_prefix_space, trim_offsets, use_regex):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": trim_offsets,
            "use_regex": use_regex}


def begin_of_text(token, number):
    """Puts a token before each text."""
    first, second = ({"Sequence": {"id": name, "type_id": kind}} for kind, name in enumerate("AB"))
    special = [{"SpecialToken": {"id": token, "type_id": kind}} for kind in range(2)]
    return {"type": "TemplateProcessing", "single": [special[0], first],
            "pair": [special[0], first, special[1], second],
            "special_tokens": {token: {"id": token, "ids": [number], "tokens": [token]}}}


def tokenizer_json(folder):
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    added = added_tokens(config)
    post = byte_level(True, False, True)
    if (folder / "tokenizer.model").exists():
        ranks = read_ranks(folder / "tokenizer.model")
        vocab = {spelling(token): rank for token, rank in ranks.items()}
        merges, pattern, normalizer = merges_of(ranks), LLAMA3_PATTERN, None
        numbers = {token["content"]: token["id"] for token in added}
        begin = begin_of_text(config["bos_token"], numbers[config["bos_token"]])
        post = {"type": "Sequence", "processors": [post, begin]}
    else:
        if config.get("tokenizer_class") not in ("Qwen2Tokenizer", "Qwen2TokenizerFast"):
            raise SystemExit(f"{folder}: tokenizer_class: expected 'Qwen2Tokenizer'")
        vocab = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        merges, pattern, normalizer = read_merges(folder / "merges.txt"), QWEN2_PATTERN, {"type": "NFC"}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level(False, True, False)]},
        "post_processor": post,
        "decoder": byte_level(True, True, True),
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": normalizer is None, "vocab": vocab, "merges": merges},
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    text = json.dumps(tokenizer_json(arguments.folder), ensure_ascii=False)
    arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
