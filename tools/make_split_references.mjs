#!/usr/bin/env node
// Writes the pieces into which Hugging Face's `tokenizers` cut texts by regular expressions.
//
//     node tools/make_split_references.mjs --texts FILE.json --vectors FILE.json
//
// takes a JSON list of strings, adds random ones, and writes
// [{"name", "pattern", "vectors": [[piece, ...], ...]}]: the pieces of a text, put together, are the
// text, and what no match covers is a piece as well.
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

const END = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const UPPER = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const PREFIX = String.raw`[^\r\n\p{L}\p{N}]?`;
const PATTERNS = {
  "GPT-2": String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  "Qwen2": String.raw`${CONTRACTIONS}|${PREFIX}\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|${END}`,
  "Llama 3": String.raw`${CONTRACTIONS}|${PREFIX}\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|${END}`,
  "GPT-4": String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
  "GPT-4o": String.raw`${PREFIX}${UPPER}*${LOWER}+${CONTRACTIONS}?|${PREFIX}${UPPER}+${LOWER}*${CONTRACTIONS}?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${END}`,
  "DeepSeek V3, ideographs": "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
  "DeepSeek V3": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+" + String.raw`|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|${END}`,
  "BLOOM": " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+",
};

function splitter(pattern) {
  return hf.Tokenizer.fromString(
    JSON.stringify({
      version: "1.0",
      added_tokens: [],
      pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
      model: { type: "WordLevel", vocab: { x: 0 }, unk_token: "x" },
    }),
  );
}

async function pieces(tokenizer, text) {
  if (text === "") return [];
  const characters = Array.from(text); // offsets count code points
  const encoding = await tokenizer.encode(text, null);
  return encoding.getOffsets().map(([begin, end]) => characters.slice(begin, end).join(""));
}

function randomTexts(count) {
  let state = 4711;
  const random = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const parts = [
    " ", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "'", "'s", "'S", "'LL", "'re", "'vE", "'t", "'\u017f",
    "a", "b", "Z", "hello", "World", "ABC", "\u00e9", "e\u0301", "\u0301", "\u01c5", "\u02b0", "\u4e2d\u6587", "\u3042",
    "\u0627", "\u0939\u093f", "1", "23", "4567", "\u00bd", "\u0663", "\u2167", "!", "?!", "...", "/", "//", "\\", "[", "]",
    "-", "_", "$", "+", "\u20ac", "\u3002", "\u2026", "\ud83d\ude00", "\u200d", "\u0000", "\ue000", "{|}", "(", "|",
  ]; // prettier-ignore
  return Array.from({ length: count }, () => {
    let text = "";
    for (let i = 1 + random(12); i > 0; i--) text += parts[random(parts.length)];
    return text;
  });
}

const { values } = parseArgs({ options: { texts: { type: "string" }, vectors: { type: "string" } } });
if (!values.texts || !values.vectors) {
  console.error("usage: --texts FILE.json --vectors FILE.json");
  process.exit(2);
}
const texts = [...JSON.parse(fs.readFileSync(values.texts, "utf-8")), ...randomTexts(150)];
const ascii = (line) => line.replace(/[\u0080-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
const groups = [];
for (const [name, pattern] of Object.entries(PATTERNS)) {
  const tokenizer = splitter(pattern);
  const vectors = [];
  for (const text of texts) vectors.push(await pieces(tokenizer, text));
  const lines = vectors.map((vector) => ascii(JSON.stringify(vector))).join(",\n");
  groups.push(`{"name": ${JSON.stringify(name)}, "pattern": ${ascii(JSON.stringify(pattern))}, "vectors": [\n${lines}]}`);
}
fs.writeFileSync(values.vectors, `[\n${groups.join(",\n")}\n]\n`);
