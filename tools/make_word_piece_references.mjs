#!/usr/bin/env node
// Writes what Hugging Face's `tokenizers` makes of texts, for tfm's WordPiece to be compared with.
//
//     node tools/make_word_piece_references.mjs --characters FILE
//
// writes what BERT's clean-up does to every code point alone, in lines of hexadecimal numbers:
//
//     dropped|mark|punctuation FIRST LAST      ranges: dropped by clean_text, dropped by strip_accents,
//                                              cut off from their neighbours
//     decomposed|lower FROM TO [TO [TO]]       what strip_accents and lowercase put in place of one
//
// (ideographs, white space and Hangul syllables are checked against their definitions and left out);
//
//     node tools/make_word_piece_references.mjs --texts FILE.json --vocab DIR --vectors FILE.json
//
// encodes a JSON list of strings with DIR/vocab.txt, under several options, alone, in pairs and cut to
// a length, cuts random texts into words, and writes
// [{"options", "vectors": [{"text", "ids", "types", ...}], "random": [{"text", "words"}]}];
//
//     node tools/make_word_piece_references.mjs --decoded FILE.json
//
// decodes random tokens, and writes {"tokens", "vectors": [[ids, text, text without clean-up, text
// without special tokens]]}: the first five tokens are special, and an id may have no token;
//
//     node tools/make_word_piece_references.mjs --folder DIR --tokenizer FILE.json
//
// writes the tokenizer.json of the byte-level BPE with DIR/vocab.json and DIR/merges.txt.
//
// Needs the npm package `tokenizers` 0.23 (npm install --ignore-scripts tokenizers) in a node_modules
// that Node.js finds from the current folder.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

const require = createRequire(path.join(process.cwd(), "any.js"));
const hf = require("tokenizers");
const { version } = require("tokenizers/package.json");

const nothing = { cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false };
const normaliser = (options) => hf.bertNormalizer({ ...nothing, ...options });
const hex = (c) => c.toString(16).toUpperCase().padStart(4, "0");

const IDEOGRAPHS = [
  [0x4e00, 0x9fff], [0x3400, 0x4dbf], [0x20000, 0x2a6df], [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf], [0xf900, 0xfaff], [0x2f800, 0x2fa1f],
]; // prettier-ignore
const WHITE_SPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

function expect(condition, c, what) {
  if (!condition) throw new Error(`U+${hex(c)}: ${what} is not what it is taken for`);
}

function hangul(c) {
  const i = c - 0xac00;
  const tail = i % 28 ? [0x11a7 + (i % 28)] : [];
  return String.fromCodePoint(0x1100 + Math.floor(i / 588), 0x1161 + (Math.floor(i / 28) % 21), ...tail);
}

function writeCharacters(file) {
  const cleaned = normaliser({ cleanText: true });
  const spaced = normaliser({ handleChineseChars: true });
  const stripped = normaliser({ stripAccents: true });
  const lowered = normaliser({ lowercase: true });
  const words = hf.bertPreTokenizer();
  const ranges = { dropped: [], mark: [], punctuation: [] };
  const mappings = [];
  const note = (kind, c) => {
    const list = ranges[kind];
    if (list.length && list.at(-1)[1] === c - 1) list.at(-1)[1] = c;
    else list.push([c, c]);
  };
  for (let c = 0; c < 0x110000; c++) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const text = String.fromCodePoint(c);
    const clean = cleaned.normalizeString(text);
    const isSpace = WHITE_SPACE.test(text);
    if (clean === "") note("dropped", c);
    else expect(clean === (isSpace ? " " : text), c, "clean_text");
    const isIdeograph = IDEOGRAPHS.some(([first, last]) => c >= first && c <= last);
    expect(spaced.normalizeString(text) === (isIdeograph ? ` ${text} ` : text), c, "an ideograph");
    const plain = stripped.normalizeString(text);
    if (c >= 0xac00 && c <= 0xd7a3) expect(plain === hangul(c), c, "a Hangul syllable");
    else if (plain === "") note("mark", c);
    else if (plain !== text) mappings.push(["decomposed", c, plain]);
    const lower = lowered.normalizeString(text);
    if (lower !== text) mappings.push(["lower", c, lower]);
    const parts = words.preTokenizeString(`a${text}a`).length;
    expect((parts === 2) === isSpace, c, "white space");
    if (parts === 3) note("punctuation", c);
  }
  const lines = [`# Hugging Face tokenizers ${version}: BERT's clean-up of single code points`];
  for (const [kind, list] of Object.entries(ranges))
    for (const [first, last] of list) lines.push(`${kind} ${hex(first)} ${hex(last)}`);
  mappings.sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1));
  for (const [kind, c, to] of mappings)
    lines.push([kind, hex(c), ...Array.from(to, (ch) => hex(ch.codePointAt(0)))].join(" "));
  fs.writeFileSync(file, lines.join("\n") + "\n");
}

/// As transformers' BertTokenizerFast puts it together.
async function bertTokenizer(folder, options) {
  const tokenizer = new hf.Tokenizer(await hf.WordPiece.fromFile(path.join(folder, "vocab.txt"), { unkToken: "[UNK]" }));
  tokenizer.setNormalizer(normaliser(options));
  tokenizer.setPreTokenizer(hf.bertPreTokenizer());
  const id = (token) => [token, tokenizer.tokenToId(token)];
  tokenizer.setPostProcessor(
    hf.templateProcessing("[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", [id("[CLS]"), id("[SEP]")]),
  );
  tokenizer.addSpecialTokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
  return tokenizer;
}

const OPTION_SETS = [
  { cleanText: true, handleChineseChars: true, stripAccents: true, lowercase: true },
  { cleanText: true, handleChineseChars: true, stripAccents: false, lowercase: false },
  { cleanText: true, handleChineseChars: true, stripAccents: false, lowercase: true },
  { cleanText: true, handleChineseChars: false, stripAccents: true, lowercase: false },
  { cleanText: false, handleChineseChars: true, stripAccents: true, lowercase: true },
];

async function encodeAll(tokenizer, texts) {
  const vectors = [];
  const add = async (text, pair, maxLength) => {
    if (maxLength) tokenizer.setTruncation(maxLength);
    else tokenizer.disableTruncation();
    const encoding = await tokenizer.encode(text, pair);
    const vector = { text, ids: encoding.getIds(), types: encoding.getTypeIds() };
    if (pair !== null) vector.pair = pair;
    if (maxLength) vector.max_length = maxLength;
    else vector.plain = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
    vectors.push(vector);
  };
  for (const text of texts) await add(text, null);
  for (let i = 0; i < texts.length; i++) {
    const other = texts[(i * 7 + 3) % texts.length];
    await add(texts[i], null, 2 + (i % 9));
    // Room for an even number of tokens: of an odd one the last goes to the longer text, and version
    // 0.23, which stops reading a text where it is full, can take the shorter one for it.
    await add(texts[i], other, 3 + 2 * (i % 9));
  }
  return vectors;
}

/// Numbers in [0, limit) that are the same everywhere (Numerical Recipes' generator).
function randomNumbers(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

// Where the random texts have their characters from: first code point and how many.
const BLOCKS = [
  [0x20, 95], [0x20, 95], [0x00, 0x400], [0x300, 0x70], [0x370, 0x190], [0x900, 0x100], [0x1e00, 0x200],
  [0x2000, 0x70], [0x3000, 0x200], [0x4e00, 0x200], [0xac00, 11172], [0xf900, 0x200], [0xff00, 0xf0],
  [0, 0xd800], [0x10000, 0x20000],
]; // prettier-ignore

function randomText(random) {
  let text = "";
  for (let length = 1 + random(24); length > 0; length--) {
    const [first, count] = BLOCKS[random(BLOCKS.length)];
    text += String.fromCodePoint(first + random(count));
  }
  return text;
}

function randomWords(options) {
  const random = randomNumbers(7);
  const [normalise, cutter] = [normaliser(options), hf.bertPreTokenizer()];
  return Array.from({ length: 150 }, () => {
    const text = randomText(random);
    return { text, words: cutter.preTokenizeString(normalise.normalizeString(text)).map(([word]) => word) };
  });
}

async function writeVectors(folder, textsFile, output) {
  const texts = JSON.parse(fs.readFileSync(textsFile, "utf-8"));
  const groups = [];
  for (const options of OPTION_SETS) {
    const named = {
      clean_text: options.cleanText,
      handle_chinese_chars: options.handleChineseChars,
      strip_accents: options.stripAccents,
      lowercase: options.lowercase,
    };
    const vectors = await encodeAll(await bertTokenizer(folder, options), texts);
    const lines = (list) => list.map((vector) => asciiJson(vector)).join(",\n");
    const body = `"vectors": [\n${lines(vectors)}\n],\n"random": [\n${lines(randomWords(options))}\n]`;
    groups.push(`{"options": ${JSON.stringify(named)},\n${body}}`);
  }
  fs.writeFileSync(output, `[\n${groups.join(",\n")}\n]\n`);
}

const asciiJson = (value) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

const DECODED_TOKENS = [
  "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "!", ",", "!!", ".com", "n't", "n'table", "'m", "'s", "'ve",
  "'re", "'", "do not", "a ' b", "a .b", "do", "not", "##s", "##", "####x", "# #", "x", "word", "\u4e2d", "##.", "",
]; // prettier-ignore

function decoder(cleanup) {
  const entries = DECODED_TOKENS.map((token, id) => [token, id]);
  const special = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  return hf.Tokenizer.fromString(
    JSON.stringify({
      version: "1.0",
      added_tokens: entries.slice(0, 5).map(([content, id]) => ({ id, content, ...special })),
      decoder: { type: "WordPiece", prefix: "##", cleanup },
      model: {
        type: "WordPiece",
        vocab: Object.fromEntries(entries),
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
      },
    }),
  );
}

async function writeDecoded(output) {
  const random = randomNumbers(5);
  const [cleaning, plain] = [decoder(true), decoder(false)];
  const vectors = [];
  for (let i = 0; i < 200; i++) {
    const ids = Array.from({ length: 1 + random(8) }, () => random(DECODED_TOKENS.length + 2));
    const texts = [await cleaning.decode(ids, false), await plain.decode(ids, false), await cleaning.decode(ids, true)];
    vectors.push(asciiJson([ids, ...texts]));
  }
  fs.writeFileSync(output, `{"tokens": ${asciiJson(DECODED_TOKENS)},\n"vectors": [\n${vectors.join(",\n")}\n]}\n`);
}

/// As transformers' GPT2TokenizerFast puts it together.
async function writeByteLevel(folder, output) {
  const files = ["vocab.json", "merges.txt"].map((name) => path.join(folder, name));
  const tokenizer = new hf.Tokenizer(await hf.BPE.fromFile(...files));
  tokenizer.setPreTokenizer(hf.byteLevelPreTokenizer(false));
  tokenizer.setPostProcessor(hf.byteLevelProcessing(false));
  if (tokenizer.tokenToId("<|endoftext|>") !== null) tokenizer.addSpecialTokens(["<|endoftext|>"]);
  tokenizer.save(output, false);
}

const { values } = parseArgs({
  options: Object.fromEntries(
    ["characters", "texts", "vocab", "vectors", "decoded", "folder", "tokenizer"].map((name) => [name, { type: "string" }]),
  ),
});
if (values.characters) writeCharacters(values.characters);
else if (values.texts && values.vocab && values.vectors) await writeVectors(values.vocab, values.texts, values.vectors);
else if (values.decoded) await writeDecoded(values.decoded);
else if (values.folder && values.tokenizer) await writeByteLevel(values.folder, values.tokenizer);
else throw new Error("give --characters, --texts with --vocab and --vectors, --decoded, or --folder with --tokenizer");
