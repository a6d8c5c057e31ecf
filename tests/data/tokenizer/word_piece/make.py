#!/usr/bin/env python3
"""Writes vocab.txt: BERT's special tokens, the subwords of the shipped model's tokenizer in both roles,
and the characters of ../texts.json, but for every fifth that is not ASCII: these lead to [UNK]."""

import json
import pathlib
import unicodedata

here = pathlib.Path(__file__).resolve().parent
tales = here.parents[3] / "examples" / "models" / "tales" / "vocab.json"


def main():
    pieces = {}
    for token in json.loads(tales.read_text(encoding="utf-8")):
        begins_word, letters = token.startswith("\u0120"), token.lstrip("\u0120")
        if letters.isascii() and letters.isalnum():
            pieces[letters if begins_word else "##" + letters] = True
            pieces[letters.lower() if begins_word else "##" + letters.lower()] = True
    characters = set("".join(map(chr, range(0x21, 0x7F))))
    for text in json.loads((here.parent / "texts.json").read_text(encoding="utf-8")):
        for form in (text, text.lower(), unicodedata.normalize("NFD", text.lower())):
            characters.update(c for c in form if unicodedata.category(c)[0] in "LNPSM")
    for i, c in enumerate(sorted(characters)):
        if c < "\x7f" or i % 5 != 0:
            pieces[c] = pieces["##" + c] = True
    special = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    (here / "vocab.txt").write_text("\n".join([*special, *pieces]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
