#!/usr/bin/env python3
"""Writes vocab.json and merges.txt beside itself: a vocabulary no training would give.

Ids and ranks are in random order, so that a merge may make a pair that ranks before it; many tokens
have several merges, and some can never be reached. An encoder that takes a short cut which only
holds for trained vocabularies fails on it.
"""

import json
import pathlib
import random

FOLDER = pathlib.Path(__file__).parent


def byte_alphabet():
    """GPT-2's printable characters for the bytes 0 to 255."""
    itself = [b for b in range(256) if 0x21 <= b <= 0x7E or (b >= 0xA1 and b != 0xAD)]
    others = [b for b in range(256) if b not in itself]
    return [chr(b) if b in itself else chr(256 + others.index(b)) for b in range(256)]


def main():
    bits = random.Random(7).getrandbits

    def below(limit):
        return (bits(32) * limit) >> 32

    def shuffled(items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items

    alphabet = byte_alphabet()
    known = [alphabet[b] for b in b"aaabbcdeinot  \xc3\xa9\xe4\xb8"]
    merges = {}
    while len(merges) < 900:
        left, right = known[below(len(known))], known[below(len(known))]
        if len(left + right) <= 9:
            merges[left, right] = True
            known.append(left + right)
    made = {left + right for left, right in merges}
    for token in sorted(made):  # other ways to the same token
        cut = 1 + below(len(token) - 1)
        if token[:cut] in known and token[cut:] in known:
            merges[token[:cut], token[cut:]] = True
    tokens = shuffled(sorted(set(alphabet) | made | {"<|endoftext|>"}))
    vocabulary = {token: i for i, token in enumerate(tokens)}
    text = json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":"))
    (FOLDER / "vocab.json").write_text(text + "\n", encoding="utf-8")
    lines = [f"{left} {right}\n" for left, right in shuffled(sorted(merges))]
    (FOLDER / "merges.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
