#!/usr/bin/env node
// Writes what Hugging Face's `tokenizers` makes of texts with small tokenizer.json files, one for
// each thing that such a file can ask for, for tfm's tokenizer to be compared with:
//
//     node tools/make_tokenizer_vectors.mjs > tests/data/tokenizer/tokenizer_vectors.json
//
// [{name, tokenizer, texts: [{text, ids, plain, decoded, skipped}]}]: `ids` with and `plain` without
// the tokens that the post-processor adds, `decoded` of `ids`, with and without special tokens.
//
// Needs the npm package `tokenizers` 0.23 (npm install --ignore-scripts tokenizers) in a node_modules
// that Node.js finds from the current folder.

import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const require = createRequire(path.join(process.cwd(), "any.js"));
const { Tokenizer } = require("tokenizers");

let state = 12345;
function random(limit) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % limit;
}
const pick = (list) => list[random(list.length)];

// GPT-2's alphabet of bytes.
const alphabet = [];
for (let byte = 0, next = 256; byte < 256; ++byte) {
    const itself = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    alphabet.push(String.fromCodePoint(itself ? byte : next++));
}

function byteLevelModel(merges, options = {}, drop = []) {
    const vocab = {};
    const add = (token) => { if (!(token in vocab) && !drop.includes(token)) vocab[token] = Object.keys(vocab).length; };
    alphabet.forEach(add);
    for (const [left, right] of merges) add(left + right);
    (options.more ?? []).forEach(add);
    const { more, ...rest } = options;
    return { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
             fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab,
             merges: merges.filter(([a, b]) => a in vocab && b in vocab).map((rule) => rule.join(" ")), ...rest };
}

const english = [["Ġ", "t"], ["h", "e"], ["Ġt", "he"], ["a", "b"], ["ab", "c"], ["1", "2"], ["12", "3"], ["Ġ", "1"], ["Ċ", "Ċ"], ["Ġ", "Ġ"],
                 ["'", "S"], ["Ã", "©"]];
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const spaced = { ...byteLevel, add_prefix_space: true };
const qwen2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const split = (pattern, behavior, invert = false) => ({ type: "Split", pattern, behavior, invert });
const sequence = (...pretokenizers) => ({ type: "Sequence", pretokenizers });
const bare = { ...byteLevel, use_regex: false };
let nextId = 0;
const added = (content, options = {}) =>
    ({ id: nextId++, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...options });

function byteLevelFile(changes = {}, model = byteLevelModel(english)) {
    nextId = Object.keys(model.vocab).length;
    return { version: "1.0", truncation: null, padding: null, added_tokens: [added("<|end|>")], normalizer: null,
             pre_tokenizer: byteLevel, post_processor: null, decoder: byteLevel, model, ...changes };
}
const withAdded = (tokens, changes = {}) => {
    const file = byteLevelFile(changes);
    nextId = Object.keys(file.model.vocab).length;
    file.added_tokens = tokens();
    for (const token of file.added_tokens) token.id = file.model.vocab[token.content] ?? token.id;
    return file;
};

// SentencePiece: characters, a space mark, runs of it, and bytes.
const sentenceMerges = [["▁", "t"], ["h", "e"], ["▁t", "he"], ["▁", "▁"], ["▁▁", "▁▁"], ["▁", "the"], ["t", "he"], ["a", "b"], ["▁a", "b"],
                        ["▁", "a"], ["▁", "ab"], [".", "▁"], ["b", "a"]];
function sentenceModel(options = {}, { bytes = true, dropped = [] } = {}) {
    const vocab = {};
    const add = (token) => { if (!(token in vocab) && !dropped.includes(token)) vocab[token] = Object.keys(vocab).length; };
    ["<unk>", "<s>", "</s>"].forEach(add);
    if (bytes) for (let b = 0; b < 256; ++b) add(`<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`);
    [..."▁theab.,é12"].forEach(add);
    const merges = (options.rules ?? sentenceMerges).filter(([a, b]) => { if (!(a in vocab) || !(b in vocab)) return false; add(a + b); return true; });
    const { rules, ...rest } = options;
    return { type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true,
             byte_fallback: bytes, ignore_merges: false, vocab, merges: merges.map((rule) => rule.join(" ")), ...rest };
}
const sentenceDecoder = { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" },
                                                       { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }] };
const template = { type: "TemplateProcessing", single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
                   pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
                   special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } } };
const metaspace = (prepend_scheme, splits) => ({ type: "Metaspace", replacement: "▁", prepend_scheme, split: splits });
const llama2Normalizer = { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }] };
function sentenceFile(changes = {}, model = sentenceModel()) {
    const special = ["<unk>", "<s>", "</s>"].map((content, id) =>
        ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
    return { version: "1.0", truncation: null, padding: null, added_tokens: special, normalizer: llama2Normalizer, pre_tokenizer: null,
             post_processor: template, decoder: sentenceDecoder, model, ...changes };
}

const files = {
    "byte-level": byteLevelFile(),
    "byte-level, a space before": byteLevelFile({ pre_tokenizer: spaced }),
    "byte-level, no pattern": byteLevelFile({ pre_tokenizer: bare }),
    "byte-level, merged in pieces, without a decoder": byteLevelFile({ decoder: null }),
    "digits, then GPT-2's pattern": byteLevelFile({ pre_tokenizer: sequence({ type: "Digits", individual_digits: true }, byteLevel) }),
    "runs of digits": byteLevelFile({ pre_tokenizer: sequence({ type: "Digits", individual_digits: false }, bare) }),
    "digits, and a space before each piece": byteLevelFile({ pre_tokenizer: sequence({ type: "Digits", individual_digits: true }, spaced) }),
    "Qwen2": byteLevelFile({ normalizer: { type: "NFC" }, pre_tokenizer: sequence(split({ Regex: qwen2 }, "Isolated"), bare) }),
    "Llama 3": byteLevelFile({ pre_tokenizer: sequence(split({ Regex: qwen2.replace("|\\p{N}|", "|\\p{N}{1,3}|") }, "Isolated"), bare),
        post_processor: { type: "Sequence", processors: [byteLevel, { ...template, special_tokens: { "<s>": { id: "<s>", ids: [0], tokens: ["!"] } } }] } },
        byteLevelModel(english, { ignore_merges: true, more: ["bcd", "Ġxyz"] })),
    "bytes without a token": byteLevelFile({}, byteLevelModel(english, {}, ["Ã", "x", "Ġ"])),
    "bytes without a token, unknown": byteLevelFile({}, byteLevelModel(english, { unk_token: "?" }, ["Ã", "x", "Ġ"])),
    "bytes without a token, unknown and fused": byteLevelFile({}, byteLevelModel(english, { unk_token: "?", fuse_unk: true }, ["Ã", "x", "Ġ"])),
    "Roberta": byteLevelFile({ post_processor: { type: "RobertaProcessing", sep: ["b", 98], cls: ["a", 97], trim_offsets: true, add_prefix_space: false } }),
    "added tokens that take white space": withAdded(() => [added("<l>", { lstrip: true }), added("<r>", { rstrip: true }), added("<b>", { lstrip: true, rstrip: true })]),
    "added tokens in no word": withAdded(() => [added("the", { single_word: true }), added("<w>", { single_word: true, lstrip: true })]),
    "normalized added tokens": withAdded(() => [added("ABC", { normalized: true, special: false }), added("THE", { special: false }), added("abc12", { normalized: true })],
        { normalizer: { type: "Lowercase" } }),
    "the longest added token": withAdded(() => [added("a"), added("ab"), added("abcab"), added("<|end|>"), added("  ", { special: false }), added("    ", { special: false, normalized: true })]),
    "characters of the alphabet that are added": withAdded(() => [added("é", { special: false }), added("中")]),
    ...Object.fromEntries(["NFC", "NFD", "NFKC", "NFKD", "Lowercase"].map((type) => [type, byteLevelFile({ normalizer: { type } })])),
    "stripped": byteLevelFile({ normalizer: { type: "Strip", strip_left: true, strip_right: true } }),
    "stripped at the right": byteLevelFile({ normalizer: { type: "Sequence", normalizers: [{ type: "Strip", strip_left: false, strip_right: true }, { type: "NFKC" }] } }),
    ...Object.fromEntries(["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"].flatMap((behavior) => [
        [`split at a, ${behavior}`, byteLevelFile({ pre_tokenizer: sequence(split({ String: "a" }, behavior), bare) })],
        [`split at spaces, ${behavior}`, byteLevelFile({ pre_tokenizer: sequence(split({ Regex: "\\s+" }, behavior), bare) })],
        [`split at what is no letter, ${behavior}`, byteLevelFile({ pre_tokenizer: sequence(split({ Regex: "\\p{L}+" }, behavior, true), bare) })]])),
    "Llama 2": sentenceFile(),
    "Llama 2 without bytes": sentenceFile({}, sentenceModel({}, { bytes: false })),
    "Llama 2 without bytes, not fused": sentenceFile({}, sentenceModel({ fuse_unk: false }, { bytes: false })),
    "Llama 2 without a byte": sentenceFile({}, sentenceModel({}, { dropped: ["<0xC3>", "<0x58>"] })),
    "Llama 2, nothing for what is unknown": sentenceFile({}, sentenceModel({ unk_token: null }, { bytes: false })),
    "a merge of bytes": sentenceFile({}, sentenceModel({ rules: [["<0x58>", "▁"], ["▁", "t"], ["h", "e"], ["▁t", "he"]] })),
    ...Object.fromEntries(["always", "first", "never"].flatMap((scheme) => [true, false].map((splits) =>
        [`Metaspace ${scheme}${splits ? ", split" : ""}`,
         sentenceFile({ normalizer: null, pre_tokenizer: metaspace(scheme, splits), decoder: metaspace(scheme, splits) })]))),
    "Metaspace of before 2024": sentenceFile({ normalizer: null, pre_tokenizer: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
        decoder: { type: "Metaspace", replacement: "▁", add_prefix_space: true } }),
    "Llama 2, each token stripped": sentenceFile({ decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "Strip", content: " ", start: 1, stop: 0 }, { type: "ByteFallback" }, { type: "Fuse" }] } }),
};

const gaps = withAdded(() => [added("é"), added("<l>"), added("<r>")]);
gaps.model.vocab["Ã©"] = 400;
gaps.added_tokens.push({ ...gaps.added_tokens[0], content: "Ã©", id: 400 }, { ...gaps.added_tokens[0], content: "<b>", id: 500 });
files["ids with gaps"] = gaps;
files["added white space that takes white space"] = withAdded(() => [added(" ", { lstrip: true, rstrip: true }), added("<r>", { rstrip: true }), added("\n", { rstrip: true })]);

// What a normalizer leaves of the first character decides whether Metaspace prepends.
const first = (normalizer, ...before) => sentenceFile({ normalizer, pre_tokenizer: sequence(...before, metaspace("first", true)) });
const replace = (pattern, content) => ({ type: "Replace", pattern: { String: pattern }, content });
const digits = { type: "Digits", individual_digits: true };
Object.assign(files, {
    "Metaspace first, stripped": first({ type: "Strip", strip_left: true, strip_right: false }),
    "Metaspace first, spaces removed": first(replace(" ", "")),
    "Metaspace first, ab replaced": first(replace("ab", "c")),
    "Metaspace first, a and digits replaced": first({ type: "Sequence", normalizers: [replace("a", "12"), replace("1", "ab")] }, digits),
    "Metaspace first after digits, prepended": first({ type: "Prepend", prepend: "1" }, digits),
    "Metaspace first after marks, decomposed": first({ type: "NFD" }, split({ Regex: "\\p{M}" }, "Isolated")),
    "Metaspace first after digits, NFKC": first({ type: "NFKC" }, digits),
    "Metaspace first after digits, lower case": first({ type: "Lowercase" }, digits),
    "Metaspace first after a, removed": first(null, split({ String: "a" }, "Removed")),
});
// The first token of a row may be one that is looked for in the normalized text.
for (const [name, normalizer] of [["prepended", { type: "Prepend", prepend: "a" }], ["decomposed", { type: "NFD" }]]) {
    const file = sentenceFile({ normalizer, post_processor: null, pre_tokenizer: metaspace("always", true), decoder: metaspace("always", true) });
    nextId = Object.keys(file.model.vocab).length;
    file.added_tokens.push(added("IT'S", { normalized: true, special: false }), added("X", { special: false }),
                           { ...added("é", { normalized: true, special: false }), id: file.model.vocab["é"] });
    files[`normalized added tokens, ${name}, Metaspace`] = file;
}

const words = ["the", " the", "The", "abc", "abcab", "ABC", "ab", "12", "123", "1", "xyz", " xyz", "bcd", "X", "é", "e\u0301", "ﬁ", "中", "½", "IT'S", "it's", ".", ",",
               " ", "  ", "   ", "\n\n", "\t", "▁", "▁▁", "<|end|>", "<s>", "</s>", "<unk>", "<l>", "<r>", "<b>", "<w>", "<0x41>", "THE", "abc12", "a", "😀", "_", "-"];
const fixed = ["", " ", "the", " the  the", "12345 123", "123 IT'S\n\nthe", "a the <w> <l>  <r>  <b>  x", "cab Cab", "ABC abc THE", "é中", "XÃ▁", "</s> a</s>a<s> a"];

const result = [];
for (const [name, tokenizer] of Object.entries(files)) {
    const theirs = Tokenizer.fromString(JSON.stringify(tokenizer));
    const texts = [...fixed];
    for (let i = 0; i < 16; ++i) texts.push(Array.from({ length: 1 + random(7) }, () => pick(words)).join(pick(["", "", " "])));
    const rows = [];
    for (const text of texts) {
        const ids = (await theirs.encode(text)).getIds();
        const plain = (await theirs.encode(text, null, { addSpecialTokens: false })).getIds();
        rows.push({ text, ids, plain, decoded: await theirs.decode(ids, false), skipped: await theirs.decode(ids, true) });
    }
    result.push({ name, tokenizer, texts: rows });
}
process.stdout.write("[\n" + result.map((group) => JSON.stringify(group)).join(",\n") + "\n]\n");
