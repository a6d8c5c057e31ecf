#!/usr/bin/env node
// Writes what Hugging Face's `tokenizers` makes of texts in the four normal forms of Unicode, for
// tfm's tables to be made from and its normaliser to be compared with.
//
//     node tools/make_normal_form_references.mjs --characters FILE
//
// writes what the library does to every code point alone, in lines of hexadecimal numbers:
//
//     nfd FROM TO ...        canonical decomposition
//     nfkd FROM TO ...       compatibility decomposition, where it is another one
//     nfc FROM TO ...        what canonical composition makes of one, where that is another one
//     class FIRST LAST RANK  marks: the order of their combining classes, from 1 (0 is no mark)
//
// (Hangul syllables are checked against their definition and left out);
//
//     node tools/make_normal_form_references.mjs --vectors FILE.json
//
// writes random texts of characters that the forms change, of marks and of Hangul, with their forms:
// [[text, nfc, nfd, nfkc, nfkd, lower case]].
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

const via = (normaliser) => (text) => normaliser.normalizeString(text);
const nfc = via(hf.nfcNormalizer());
const nfd = via(hf.nfdNormalizer());
const nfkc = via(hf.nfkcNormalizer());
const nfkd = via(hf.nfkdNormalizer());
const lower = via(hf.lowercase());
const hex = (c) => c.toString(16).toUpperCase().padStart(4, "0");
const codePoints = (text) => Array.from(text, (character) => character.codePointAt(0));
const isHangul = (c) => c >= 0xac00 && c <= 0xd7a3;

function expect(condition, c, what) {
  if (!condition) throw new Error(`U+${hex(c)}: ${what} is not what it is taken for`);
}

function* allCharacters() {
  for (let c = 0; c < 0x110000; c++) if (c < 0xd800 || c > 0xdfff) yield c;
}

function jamo(c) {
  const i = c - 0xac00;
  const tail = i % 28 ? [0x11a7 + (i % 28)] : [];
  return String.fromCodePoint(0x1100 + Math.floor(i / 588), 0x1161 + (Math.floor(i / 28) % 21), ...tail);
}

/// Negative where the library puts the mark `a` before `b` whichever comes first, 0 where it leaves
/// them as they come.
function compareMarks(a, b) {
  const [first, second] = [String.fromCodePoint(a), String.fromCodePoint(b)];
  if (nfd(`x${second}${first}`) === `x${first}${second}`) return -1;
  return nfd(`x${first}${second}`) === `x${second}${first}` ? 1 : 0;
}

/// Marks by combining class, the lowest first. U+0345 has the highest, U+0334 the lowest.
function markClasses() {
  const [highest, lowest] = [0x345, 0x334];
  const classes = [];
  for (const c of allCharacters()) {
    if (nfd(String.fromCodePoint(c)) !== String.fromCodePoint(c)) continue;
    if (c !== highest && compareMarks(c, highest) === 0 && compareMarks(c, lowest) === 0) continue;
    let [begin, end] = [0, classes.length];
    let same = false;
    while (begin < end && !same) {
      const middle = (begin + end) >> 1;
      const order = compareMarks(c, classes[middle][0]);
      if (order === 0 || c === classes[middle][0]) same = classes[middle].push(c) > 0;
      else if (order < 0) end = middle;
      else begin = middle + 1;
    }
    if (!same) classes.splice(begin, 0, [c]);
  }
  return classes;
}

function writeCharacters(file) {
  const lines = [`# Hugging Face tokenizers ${version}: normal forms of single code points`];
  const note = (kind, c, text) => lines.push([kind, ...[c, ...codePoints(text)].map(hex)].join(" "));
  for (const c of allCharacters()) {
    const text = String.fromCodePoint(c);
    const [canonical, compatible, composed] = [nfd(text), nfkd(text), nfc(text)];
    if (isHangul(c)) {
      expect(canonical === jamo(c) && compatible === canonical && composed === text, c, "a syllable");
      continue;
    }
    if (canonical !== text) note("nfd", c, canonical);
    if (compatible !== canonical) note("nfkd", c, compatible);
    if (composed !== text) note("nfc", c, composed);
  }
  const ranks = new Map();
  markClasses().forEach((marks, i) => marks.forEach((c) => ranks.set(c, i + 1)));
  const ranges = [];
  for (const c of [...ranks.keys()].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === c - 1 && last[2] === ranks.get(c)) last[1] = c;
    else ranges.push([c, c, ranks.get(c)]);
  }
  for (const range of ranges) lines.push(["class", ...range.map(hex)].join(" "));
  fs.writeFileSync(file, lines.join("\n") + "\n");
}

function writeVectors(file) {
  let state = 12345;
  const random = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const one = (list) => list[random(list.length)];
  const changed = [];
  const marks = [];
  const parts = [];
  for (const c of allCharacters()) {
    const text = String.fromCodePoint(c);
    if (isHangul(c)) continue;
    if (nfkd(text) !== text || lower(text) !== text) changed.push(c);
    if (c === 0x345 || (nfd(text) === text && compareMarks(c, 0x345) < 0)) marks.push(c);
    if (nfd(text) !== text) parts.push(...codePoints(nfd(text)));
  }
  const kinds = [
    () => 0x20 + random(0x5f),
    () => one(changed),
    () => one(marks),
    () => one(parts),
    () => 0xac00 + random(11172),
    () => one([0x1100, 0x1161, 0x11a7]) + random(28),
    () => one([0x61, 0x41, 0x65, 0x69, 0x6f, 0x75, 0x73, 0x3b1, 0x3c9]),
    () => 0x300 + random(0x70),
  ];
  const vectors = [];
  for (let i = 0; i < 250; i++) {
    let text = "";
    for (let j = random(12); j >= 0; j--) text += String.fromCodePoint(one(kinds)());
    vectors.push([text, nfc(text), nfd(text), nfkc(text), nfkd(text), lower(text)]);
  }
  const ascii = (line) => line.replace(/[\u0080-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  fs.writeFileSync(file, "[\n" + vectors.map((v) => ascii(JSON.stringify(v))).join(",\n") + "\n]\n");
}

const { values } = parseArgs({ options: { characters: { type: "string" }, vectors: { type: "string" } } });
if (values.characters) writeCharacters(values.characters);
if (values.vectors) writeVectors(values.vectors);
if (!values.characters && !values.vectors) {
  console.error("usage: --characters FILE | --vectors FILE.json");
  process.exit(2);
}
