#!/usr/bin/env python3
"""Writes what Hugging Face's `tokenizers` makes of a text, for tfm's tests to compare with.

    tools/make_tokenizer_references.py --folder DIR --corpus FILE --output FILE

DIR holds tokenizer.json, or vocab.json and merges.txt of GPT-2's kind, or what transformers' own
converters read where a tokenizer is published without a tokenizer.json: tokenizer.model of Llama 3,
vocab.json and merges.txt of Qwen2, vocab.txt of BERT, with tokenizer_config.json. The corpus (UTF-8)
is cut into pieces that are encoded one by one: a piece ends 65536 bytes after its start, or up to
three bytes earlier so as not to split a character. The output has a line `corpus BYTES HASH`, then
`TOKENS HASH TEXT TEXT` for each piece: the hash of its ids and of the text that they are decoded to,
with special tokens and without, or `=` where that is the piece itself. A hash is 64-bit FNV-1a, over
bytes or over the ids as little-endian 32-bit integers.

    tools/make_tokenizer_references.py --folder DIR --texts FILE.json --vectors FILE.json

encodes a JSON list of strings and writes a list of {"text", "ids", "ids_as_text"}: the last, given
where it differs, is the result when special tokens are not recognised.

    tools/make_tokenizer_references.py --classes FILE

writes how the library's GPT-2 pattern sees every code point, as lines `FIRST LAST CLASS` (classes
letter, number and space; what is in no line belongs to none of them).

    tools/make_tokenizer_references.py --folder DIR --check-json FILE

fails unless transformers' converters make of DIR the vocabulary, merges and pipeline of FILE, a
tokenizer.json that tools/make_tokenizer_json.py wrote.

Needs the Python package `tokenizers`, and transformers for what its converters read.
"""

import argparse
import json
import pathlib

import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers

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


def bert_tokenizer(folder, lower_case):
    """Put together as transformers' BertTokenizer does it."""
    tokenizer = tokenizers.Tokenizer(
        models.WordPiece.from_file(str(folder / "vocab.txt"), unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower_case, strip_accents=None)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def converted_tokenizer(folder):
    """As transformers makes it of a folder without a tokenizer.json."""
    import transformers

    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    if (folder / "vocab.txt").exists():
        return bert_tokenizer(folder, config["do_lower_case"])
    if (folder / "tokenizer.model").exists():
        import make_tokenizer_json
        from transformers.convert_slow_tokenizer import TikTokenConverter

        added = [token["content"] for token in config["added_tokens_decoder"].values()]
        return TikTokenConverter(
            vocab_file=str(folder / "tokenizer.model"),
            pattern=make_tokenizer_json.LLAMA3_PATTERN,
            extra_special_tokens=added,
        ).converted()
    return transformers.AutoTokenizer.from_pretrained(str(folder)).backend_tokenizer


def folder_tokenizer(folder):
    if (folder / "tokenizer.json").exists():
        return tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    if (folder / "tokenizer_config.json").exists():
        return converted_tokenizer(folder)
    return gpt2_tokenizer(folder)


def check_json(folder, file):
    """Compares what decides about ids. A template that puts a token first is not the converter's."""
    expected = json.loads(converted_tokenizer(folder).to_str())
    found = json.loads(tokenizers.Tokenizer.from_file(str(file)).to_str())
    for affix in ("continuing_subword_prefix", "end_of_word_suffix"):  # "" and null mean the same
        expected["model"][affix] = expected["model"][affix] or None
    for part in ("added_tokens", "normalizer", "pre_tokenizer", "decoder", "model"):
        if expected[part] == found[part]:
            continue
        if part == "model":
            expected[part], found[part] = (
                {key: len(value) if key in ("vocab", "merges") else value for key, value in model.items()}
                for model in (expected[part], found[part])
            )
        raise SystemExit(f"{file}: {part}: expected {expected[part]}, found {found[part]}")


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
    tokenizer = folder_tokenizer(folder)
    data = corpus.read_bytes()
    texts = list(pieces(data))
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    all_ids = [encoding.ids for encoding in encodings]
    decoded = [tokenizer.decode_batch(all_ids, skip_special_tokens=skip) for skip in (False, True)]
    lines = [f"# Hugging Face tokenizers {tokenizers.__version__}; see tools/{pathlib.Path(__file__).name}"]
    lines.append(f"corpus {len(data)} {fnv1a(data):016x}")
    for piece, ids, *results in zip(texts, all_ids, *decoded):
        id_bytes = b"".join(token.to_bytes(4, "little") for token in ids)
        hashes = ["=" if text == piece else f"{fnv1a(text.encode()):016x}" for text in results]
        lines.append(" ".join([str(len(ids)), f"{fnv1a(id_bytes):016x}", *hashes]))
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


def boundaries(pre_tokenizer, text):
    return {begin for _, (begin, _) in pre_tokenizer.pre_tokenize_str(text)}


def class_of_each(code_points):
    """A code point's class is that of the ASCII character with which it shares a piece."""
    pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    names = ["space"] * len(code_points)
    for neighbour, name in [("a", "letter"), ("1", "number"), ("!", "other")]:
        text = "".join(neighbour + chr(c) + "\n" for c in code_points)
        begins = boundaries(pre_tokenizer, text)
        for i in range(len(code_points)):
            if 3 * i + 1 not in begins:
                names[i] = name
    return names


def write_classes(output):
    lines, first, current = [], 0, "other"
    for block in range(0, 0x110000, 4096):
        code_points = [c for c in range(block, min(block + 4096, 0x110000)) if not 0xD800 <= c <= 0xDFFF]
        for c, name in zip(code_points, class_of_each(code_points)):
            if name != current:
                if current != "other":
                    lines.append(f"{first:04X} {c - 1:04X} {current}")
                first, current = c, name
    heading = f"# Hugging Face tokenizers {tokenizers.__version__}: classes of code points in GPT-2's pattern"
    output.write_text("\n".join([heading] + lines) + "\n", encoding="ascii")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=pathlib.Path, help="folder of the tokenizer")
    parser.add_argument("--corpus", type=pathlib.Path, help="UTF-8 text to encode")
    parser.add_argument("--output", type=pathlib.Path, help="where the hashes go")
    parser.add_argument("--texts", type=pathlib.Path, help="JSON list of strings to encode")
    parser.add_argument("--vectors", type=pathlib.Path, help="where their ids go")
    parser.add_argument("--check-json", type=pathlib.Path, help="tokenizer.json to compare with")
    parser.add_argument("--classes", type=pathlib.Path, help="where the character classes go")
    arguments = parser.parse_args()
    if arguments.folder and arguments.corpus and arguments.output:
        write_hashes(arguments.folder, arguments.corpus, arguments.output)
    if arguments.folder and arguments.texts and arguments.vectors:
        write_vectors(arguments.folder, arguments.texts, arguments.vectors)
    if arguments.classes:
        write_classes(arguments.classes)
    if arguments.folder and arguments.check_json:
        check_json(arguments.folder, arguments.check_json)
    if not any((arguments.output, arguments.vectors, arguments.classes, arguments.check_json)):
        parser.error("nothing to do: give --output, --vectors, --classes or --check-json")


if __name__ == "__main__":
    main()
