#!/usr/bin/env python3
"""Writes the text on which tfm's tokenizer is compared with Hugging Face's, about 12 MB of UTF-8.

    tools/make_tokenizer_corpus.py --output corpus.txt

The bytes are the same on every Python from 3.9 on: randomness comes from random.Random's
getrandbits alone, and no table of Unicode properties is consulted. The text holds every code point
but the surrogates, words of many scripts, emoji, code, prose with contractions, all pairs and
triples of white space, control bytes, random bytes, long runs, special and other added tokens.
"""

import argparse
import random

SEED = 20240229

# Ranges of letters, and the first of ten digits, of one script each.
SCRIPTS = [
    ("latin", [(0x41, 0x5A), (0x61, 0x7A)], 0x30),
    ("latin with accents", [(0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F)], 0x30),
    ("latin with combining marks", [(0x61, 0x7A), (0x300, 0x36F)], 0x30),
    ("vietnamese", [(0x61, 0x7A), (0x1EA0, 0x1EF9)], 0x30),
    ("greek", [(0x391, 0x3A1), (0x3A3, 0x3CE), (0x1F00, 0x1F15)], 0x30),
    ("cyrillic", [(0x400, 0x481), (0x48A, 0x52F)], 0x30),
    ("armenian", [(0x531, 0x556), (0x561, 0x587)], 0x30),
    ("hebrew", [(0x5D0, 0x5EA), (0x5B0, 0x5BC)], 0x30),
    ("arabic", [(0x620, 0x64A), (0x64B, 0x652), (0x671, 0x6D3)], 0x660),
    ("syriac", [(0x710, 0x72F), (0x730, 0x74A)], 0x30),
    ("devanagari", [(0x900, 0x94F), (0x958, 0x963)], 0x966),
    ("bengali", [(0x985, 0x9B9), (0x9BE, 0x9CD)], 0x9E6),
    ("tamil", [(0xB85, 0xBB9), (0xBBE, 0xBCD)], 0xBE6),
    ("telugu", [(0xC05, 0xC39), (0xC3E, 0xC4D)], 0xC66),
    ("sinhala", [(0xD85, 0xDC6), (0xDCA, 0xDDF)], 0xDE6),
    ("thai", [(0xE01, 0xE3A), (0xE40, 0xE4E)], 0xE50),
    ("lao", [(0xE81, 0xEB9), (0xEC0, 0xECD)], 0xED0),
    ("tibetan", [(0xF40, 0xF6C), (0xF71, 0xF84)], 0xF20),
    ("myanmar", [(0x1000, 0x103F)], 0x1040),
    ("georgian", [(0x10A0, 0x10C5), (0x10D0, 0x10FF)], 0x30),
    ("hangul", [(0xAC00, 0xD7A3)], 0x30),
    ("hangul jamo", [(0x1100, 0x11FF)], 0x30),
    ("ethiopic", [(0x1200, 0x135A)], 0x1369),
    ("cherokee", [(0x13A0, 0x13F5), (0xAB70, 0xABBF)], 0x30),
    ("khmer", [(0x1780, 0x17D3)], 0x17E0),
    ("mongolian", [(0x1820, 0x1878)], 0x1810),
    ("hiragana and katakana", [(0x3041, 0x3096), (0x30A1, 0x30FA)], 0xFF10),
    ("han", [(0x4E00, 0x9FFF)], 0x30),
    ("han and kana", [(0x4E00, 0x5FFF), (0x3041, 0x3096)], 0xFF10),
    ("han, extensions", [(0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x30000, 0x3134A)], 0x3021),
    ("full-width latin", [(0xFF21, 0xFF3A), (0xFF41, 0xFF5A)], 0xFF10),
    ("gothic", [(0x10330, 0x1034A)], 0x30),
    ("deseret", [(0x10400, 0x1044F)], 0x104A0),
    ("brahmi", [(0x11003, 0x11046)], 0x11066),
    ("cuneiform", [(0x12000, 0x12399)], 0x12400),
    ("hieroglyphs", [(0x13000, 0x1342E)], 0x30),
    ("mathematical letters", [(0x1D400, 0x1D6C0)], 0x1D7CE),
    ("adlam", [(0x1E900, 0x1E943)], 0x1E950),
]

# Unicode's white space, then characters that some engines take for it.
WHITE_SPACE = [0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680]
WHITE_SPACE += list(range(0x2000, 0x200B)) + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
NEARLY_WHITE_SPACE = [0x1C, 0x1D, 0x1E, 0x1F, 0x180E, 0x200B, 0x200D, 0x2060, 0x2800, 0xFEFF]

NUMBERS = [0xB2, 0xBC, 0x2070, 0x2155, 0x2160, 0x2460, 0x2CFD, 0x3007, 0x3192, 0x3220, 0x10107]

WORDS = """the of and a to in he was that it his her with as had she for on is at you not him they
but all be from little one king who which said so me this when were there by have are old out them
up into my then no man will their would what went day if we could your do or came house upon time
princess forest castle dragon golden window mountain daughter kingdom nevertheless afterwards
beautiful enchanted unfortunately immediately transformation incomprehensibility""".split()

CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]

CODE_WORDS = """int float const return template typename class std::vector<T> void* nullptr != == <=
-> :: ++ -- && || << >> += 0x1F 3.14159f 1e-5 0b1010 "text" 'c' '\\n' // /* */ #include <cstdint> {
} ( ) [ ] ; , self.__init__ def lambda x: f"{x!r}" None True False import numpy as np @property SELECT
* FROM t WHERE id=42; <div class="a"></div> &amp; $(ls -la) ${HOME} http://example.org/a?b=c&d=%20
user@example.org C:\\path\\to\\file snake_case camelCase SCREAMING_CASE kebab-case""".split()

EMOJI = [0x1F600, 0x1F468, 0x1F469, 0x1F467, 0x1F44D, 0x2764, 0x1F9D1, 0x1F680, 0x1F1E9, 0x1F1EA]
EMOJI += [0x1F3F4, 0x1F525, 0x2615, 0x1FAE0, 0x1FAE8, 0x1F469, 0x31, 0x23, 0x2A]
EMOJI_JOINERS = [0x200D, 0xFE0F, 0xFE0E, 0x20E3, 0x1F3FB, 0x1F3FD, 0x1F3FF, 0xE0067, 0xE007F]

SPECIALS = ["<|endoftext|>", "<|endoftext|", "<|endoftext >", "|endoftext|>", "<|EndOfText|>"]
SPECIALS += ["<<|endoftext|>>", "<|endoftext|><|endoftext|>", " <|endoftext|> ", "<|<|endoftext|>"]

# Added tokens of several published tokenizers, each of which is plain text to the others.
ADDED = """<s> </s> <unk> <pad> [INST] [/INST] [TOOL_CALLS] [control_8] <|im_start|> <|im_end|> <|padding|>
<|begin_of_text|> <|end_of_text|> <|eot_id|> <|start_header_id|> <|end_header_id|> <tool_call>
</tool_call> <|fim_prefix|> <|reserved_special_token_3|> <|vision_start|> <repo_name> <file_sep>
<issue_start> <empty_output> <<SYS>> <</SYS>> [CLS] [SEP] [PAD] [UNK] [MASK] <0x0A> <0xE2>""".split()


class Source:
    """Random choices, built on getrandbits because its results are the same in all versions."""

    def __init__(self, seed):
        self._bits = random.Random(seed).getrandbits

    def below(self, limit):
        return (self._bits(32) * limit) >> 32

    def between(self, first, last):
        return first + self.below(last - first + 1)

    def pick(self, items):
        return items[self.below(len(items))]

    def data(self, count):
        return self._bits(8 * count).to_bytes(count, "little")


def is_surrogate(code_point):
    return 0xD800 <= code_point <= 0xDFFF


def every_code_point(source):
    del source
    yield from (chr(c) for c in range(0x110000) if not is_surrogate(c))


def code_points_in_context(source):
    """Each code point of the planes in use beside letters, digits, marks and white space."""
    before = ["a", "1", "!", " ", "\n", "  ", "'", "\u00e9", "\u4e2d", ""]
    after = ["b", "2", "?", " ", "\t", " x", "'s", "\u0301", "\u0663", ""]
    used = [range(0, 0x20000), range(0x20000, 0x32400, 16), range(0xE0000, 0xE0200)]
    for code_points in used:
        for c in code_points:
            if not is_surrogate(c):
                yield source.pick(before) + chr(c) + source.pick(after)


def word(source, ranges, longest):
    letters = []
    for _ in range(source.between(1, longest)):
        first, last = source.pick(ranges)
        letters.append(chr(source.between(first, last)))
    return "".join(letters)


def many_scripts(source):
    marks = [" ", " ", " ", " ", ", ", ". ", "\n", "-", "\u3002", "\u060c ", "\u0964 ", "  ", " (", ") "]
    for _, ranges, zero in SCRIPTS:
        for _ in range(2200):
            yield word(source, ranges, source.pick([3, 6, 9, 14]))
            yield source.pick(marks)
            if source.below(6) == 0:
                yield "".join(chr(zero + source.below(10)) for _ in range(source.between(1, 6)))
                yield source.pick(marks)
            if source.below(40) == 0:
                yield chr(source.pick(NUMBERS) + source.below(3))


def prose(source):
    ends = [" ", " ", " ", " ", " ", " ", ", ", ". ", "; ", "!\n", '."\n\n', "? ", " -- ", "\u2014", "'"]
    for _ in range(170000):
        text = source.pick(WORDS)
        style = source.below(16)
        yield text.upper() if style == 0 else text.capitalize() if style < 3 else text
        if source.below(9) == 0:
            yield source.pick(CONTRACTIONS)
        yield source.pick(ends)


def contractions(source):
    letters = "stremvldSTREMVLD x1 .'\u00df\u017f"
    for apostrophe in ["'", "\u2019", "''", " '"]:
        for first in letters:
            for second in letters:
                yield source.pick(["it", "", " ", "9", "?"]) + apostrophe + first + second
                yield source.pick([" ", "\n", "", "!"])


def code(source):
    for _ in range(12000):
        yield " " * (4 * source.below(5)) + "\t" * source.below(2)
        for _ in range(source.between(1, 9)):
            yield source.pick(CODE_WORDS)
            yield source.pick(["", " ", " ", " ", "  "])
        yield source.pick(["\n", "\n", "\r\n", ";\n", "\n\n\n"])


def white_space(source):
    spaces = [chr(c) for c in WHITE_SPACE + NEARLY_WHITE_SPACE]
    neighbours = ["a", "1", "!", "'s", "\u4e2d", "\u0301", ""]
    for one in spaces:
        for two in spaces:
            for neighbour in neighbours:
                yield neighbour + one + two
            for three in spaces:
                yield one + two + three + source.pick(neighbours)
    for _ in range(6000):
        yield source.pick(spaces) * source.between(1, 12) + source.pick(neighbours)


def emoji(source):
    for _ in range(40000):
        yield chr(source.pick(EMOJI))
        for _ in range(source.below(4)):
            yield chr(source.pick(EMOJI_JOINERS)) + chr(source.pick(EMOJI))
        yield source.pick(["", "", " ", "!", "a", "\n"])


def control_bytes(source):
    for _ in range(60000):
        yield chr(source.pick([source.below(0x20), 0x7F, source.between(0x80, 0x9F), 0x61, 0x20]))


def random_bytes(source):
    """What a reader sees who decodes arbitrary bytes: each wrong sequence becomes U+FFFD."""
    for _ in range(60):
        yield source.data(10000).decode("utf-8", errors="replace")
    ascii_bytes = bytes(byte & 0x7F for byte in source.data(200000))
    yield ascii_bytes.decode("ascii")


def mixture(source):
    """Characters of all kinds next to each other."""
    for _ in range(200000):
        kind = source.below(8)
        if kind < 3:
            yield chr(source.between(0x20, 0x7E))
        elif kind == 3:
            yield chr(source.pick(WHITE_SPACE))
        elif kind == 4:
            yield chr(source.between(0xA1, 0x2FFF))
        elif kind == 5:
            yield chr(source.pick([0x30, 0x660, 0x966, 0xFF10, 0x1D7CE]) + source.below(10))
        elif kind == 6:
            yield chr(source.between(0x10000, 0x1FFFF))
        else:
            yield source.pick(CONTRACTIONS)


def long_runs(source):
    for unit in ["a", " ", "\n", "0", "!", "\u00e9", "\u4e2d", "ab", "abc", "-=", "\u3000", " a", "'s"]:
        yield unit * (source.between(66000, 70000) // len(unit.encode()))
    for alphabet in ["ab", "etaoin", "abcdefghijklmnopqrstuvwxyz", "0123456789", "!?.,-=#"]:
        yield "".join(source.pick(alphabet) for _ in range(source.between(66000, 70000)))


def special_tokens(source):
    for _ in range(3000):
        yield source.pick(SPECIALS) + source.pick(["", " ", "\n", "word", " word", "'s", "  "])


def added_tokens(source):
    """Tokens whole, cut short, doubled and run into words, and runs of spaces, which NeoX adds."""
    around = ["", "", " ", "  ", "\n", "\t", "word", " word ", "1", "\u2581", "\u00e9", "e\u0301", "\u4e2d", "."]
    for _ in range(12000):
        token = source.pick(ADDED)
        style = source.below(12)
        yield token[:-1] if style == 0 else token.upper() if style == 1 else token
        yield source.pick(around) + source.pick(around)
        if source.below(4) == 0:
            yield " " * source.between(1, 30) + source.pick(["", "x", "\n"])


SECTIONS = [every_code_point, code_points_in_context, many_scripts, prose, contractions, code]
SECTIONS += [white_space, emoji, control_bytes, random_bytes, mixture, long_runs, special_tokens, added_tokens]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="the file to write")
    parser.add_argument("extra", nargs="*", help="UTF-8 texts to append as they are")
    arguments = parser.parse_args()
    with open(arguments.output, "wb") as output:
        for number, section in enumerate(SECTIONS):
            output.write("".join(section(Source(SEED + number))).encode("utf-8"))
        for path in arguments.extra:
            with open(path, "rb") as extra:
                output.write(extra.read())


if __name__ == "__main__":
    main()
