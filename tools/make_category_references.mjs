#!/usr/bin/env node
// Writes how the regular expressions of Hugging Face's `tokenizers` see every code point.
//
//     node tools/make_category_references.mjs --categories FILE
//
// writes lines `FIRST LAST CATEGORY`, numbers in hexadecimal: `space` is \s, the others are general
// categories (N is what is in \p{N} and not in \p{Nd}). What is in no line belongs to none of them.
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

const PATTERNS = { space: "\\s" };
for (const name of ["Lu", "Ll", "Lt", "Lm", "Lo", "M", "Nd", "N", "P", "S"]) PATTERNS[name] = `\\p{${name}}`;
const hex = (c) => c.toString(16).toUpperCase().padStart(4, "0");

/// A tokenizer whose tokens are the matches of a pattern.
function matcher(pattern) {
  return hf.Tokenizer.fromString(
    JSON.stringify({
      version: "1.0",
      added_tokens: [],
      pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Removed", invert: true },
      model: { type: "WordLevel", vocab: { x: 0 }, unk_token: "x" },
    }),
  );
}

/// The code points of a chunk that match, which must be no surrogates. Offsets count code points.
async function matches(tokenizer, chunk) {
  const encoding = await tokenizer.encode(String.fromCodePoint(...chunk), null);
  return encoding.getOffsets().flatMap(([begin, end]) => chunk.slice(begin, end));
}

async function categories() {
  const table = new Map();
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const tokenizer = matcher(pattern);
    for (let begin = 0; begin < 0x110000; begin += 0x800) {
      if (begin === 0xd800) continue;
      const chunk = Array.from({ length: 0x800 }, (_, i) => begin + i);
      // White space first and digits before numbers: the first name counts.
      for (const c of await matches(tokenizer, chunk)) if (!table.has(c)) table.set(c, name);
    }
  }
  return table;
}

async function writeCategories(file) {
  const table = await categories();
  const ranges = [];
  for (const c of [...table.keys()].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === c - 1 && last[2] === table.get(c)) last[1] = c;
    else ranges.push([c, c, table.get(c)]);
  }
  const lines = [`# Hugging Face tokenizers ${version}: general categories in regular expressions`];
  for (const [first, last, name] of ranges) lines.push(`${hex(first)} ${hex(last)} ${name}`);
  fs.writeFileSync(file, lines.join("\n") + "\n");
}

const { values } = parseArgs({ options: { categories: { type: "string" } } });
if (!values.categories) {
  console.error("usage: --categories FILE");
  process.exit(2);
}
await writeCategories(values.categories);
