#pragma once

/// \file
/// The files of a BERT tokenizer: tokenizer.json, or vocab.txt and what stands beside it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/text_file.hpp"
#include "bert_words.hpp"
#include "special_tokens.hpp"
#include "tokenizer_json.hpp"
#include "utf8.hpp"
#include "vocabulary.hpp"
#include "word_piece_decoder.hpp"
#include "word_pieces.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// What the files of a BERT tokenizer say.
struct BertTokenizer {
    Vocabulary vocabulary;
    WordPieces pieces;
    BertTextOptions options;
    WordPieceDecoder decoder;
    std::string unknown = "[UNK]";
    std::string first = "[CLS]";
    std::string separator = "[SEP]";
    std::size_t longest_word = 100; ///< characters
};

/// One token a line; lines may end in CR LF. Of equal lines the last one has the token, and those
/// before it an id without one. An empty line has an id that no text gets.
inline std::vector<TokenEntry> parse_vocabulary_lines(const TextFile& file)
{
    std::vector<TokenEntry> entries;
    std::string_view rest = file.text;
    while (!rest.empty()) {
        std::size_t const end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        require(to_valid_utf8(line) == line, [&] {
            return file.name + ": line " + std::to_string(entries.size() + 1) +
                   ": expected a token in UTF-8, found " + in_quotes(to_valid_utf8(line));
        });
        entries.push_back({std::string(line), static_cast<std::int64_t>(entries.size())});
    }
    std::vector<TokenEntry> last;
    TokenTable seen(entries.size(), file.text.size(), file.name);
    for (std::size_t i = entries.size(); i-- > 0;) {
        if (seen.find(entries[i].content) != no_token) continue;
        seen.add(entries[i].content);
        last.push_back(std::move(entries[i]));
    }
    return last;
}

/// Whether transformers reads the files with BERT's tokenizer, or one that is the same.
inline bool is_bert_class(const TokenizerJson& config)
{
    std::string const type = config.string("tokenizer_class", "BertTokenizer");
    constexpr std::array kinds{"Bert", "DistilBert", "Electra", "MobileBert"};
    return std::any_of(kinds.begin(), kinds.end(), [&](std::string_view kind) {
        std::string const name = std::string(kind) + "Tokenizer";
        return type == name || type == name + "Fast";
    });
}

/// What tokenizer_config.json says of the clean-up takes the place of `options`. Accents go by the
/// case unless it says more of them.
inline void read_bert_text_options(const TokenizerJson& config, BertTextOptions& options)
{
    bool const says_case = config.find("do_lower_case").has_value();
    options.lower_case = config.boolean("do_lower_case", options.lower_case);
    if (says_case || config.has("strip_accents"))
        options.strip_accents = config.boolean("strip_accents", options.lower_case);
    options.split_ideographs = config.boolean("tokenize_chinese_chars", options.split_ideographs);
}

/// The special tokens of BERT under other names, where a file gives them.
inline void read_special_names(const std::optional<TextFile>& file, BertTokenizer& tokenizer)
{
    if (!file) return;
    JsonDocument const document = parse_json_object(*file);
    const auto read = [&](const char* field, std::string& name) {
        if (auto const value = document.root().find(field))
            name = special_content(*value, file->name + ": " + in_quotes(field));
    };
    read("unk_token", tokenizer.unknown);
    read("cls_token", tokenizer.first);
    read("sep_token", tokenizer.separator);
}

inline BertTokenizer read_bert_tokenizer(const TextFile& vocab,
                                         const std::optional<TextFile>& added_tokens,
                                         const std::optional<TextFile>& special_tokens_map,
                                         const std::optional<TextFile>& tokenizer_config)
{
    BertTokenizer tokenizer;
    read_special_names(special_tokens_map, tokenizer);
    read_special_names(tokenizer_config, tokenizer);
    if (tokenizer_config) {
        JsonDocument const config = parse_json_object(*tokenizer_config);
        TokenizerJson const settings(tokenizer_config->name, config.root());
        settings.expect_flag("do_basic_tokenize", true, true);
        settings.expect_nothing("never_split");
        if (!is_bert_class(settings))
            settings.refuse("tokenizer_class", "'BertTokenizer' or a kin of it");
        read_bert_text_options(settings, tokenizer.options);
    }
    std::vector<TokenEntry> entries = parse_vocabulary_lines(vocab);
    SpecialTokens special =
        parse_special_tokens(special_tokens_map, added_tokens, tokenizer_config);
    // BERT's own tokens are special even where no file says so.
    for (std::string_view const name :
         {std::string_view(tokenizer.unknown), std::string_view(tokenizer.first),
          std::string_view(tokenizer.separator), std::string_view("[PAD]"),
          std::string_view("[MASK]")}) {
        bool const is_known = std::any_of(entries.begin(), entries.end(),
                                          [&](const auto& entry) { return entry.content == name; });
        if (is_known) special.tokens.push_back({std::string(name), {}, vocab.name, true});
    }
    tokenizer.pieces = WordPieces(vocab.name, entries, "##");
    tokenizer.vocabulary = make_vocabulary(vocab.name, std::move(entries), special);
    return tokenizer;
}

/// A post-processor's template in one line: "[CLS]:0 A:0 [SEP]:0".
inline std::string template_text(const std::optional<Json>& pieces)
{
    std::string text;
    if (!pieces || !pieces->is_list()) return text;
    for (auto const& [none, piece] : pieces->items()) {
        if (!piece.is_object() || piece.items().size() != 1) return "";
        Json const content = piece.at(0);
        auto const id = content.find("id");
        auto const type = content.find("type_id");
        if (!id || !id->string() || !type || !type->integer()) return "";
        text += (text.empty() ? "" : " ") + std::string(*id->string()) + ":" +
                std::to_string(*type->integer());
    }
    return text;
}

/// The names of the first and the separating token. Fails unless they are put where BERT has them.
inline void read_bert_template(const TokenizerJson& post, BertTokenizer& tokenizer)
{
    std::string const type = post.string("type", "");
    if (type == "BertProcessing") {
        const auto read = [&](std::string_view field, std::string& name) {
            auto const value = post.find(field);
            bool const is_pair = value && value->is_list() && value->items().size() == 2;
            auto const token = is_pair ? value->at(0).string() : std::nullopt;
            if (!token) post.refuse(field, "a token and its id");
            name = *token;
        };
        read("cls", tokenizer.first);
        read("sep", tokenizer.separator);
        return;
    }
    if (type != "TemplateProcessing")
        post.refuse("type", "'TemplateProcessing' or 'BertProcessing'");
    std::string const single = template_text(post.find("single"));
    tokenizer.first = single.substr(0, single.find(":0 A:0 "));
    tokenizer.separator = single.substr(std::min(single.size(), tokenizer.first.size() + 7));
    tokenizer.separator.resize(std::max<std::size_t>(tokenizer.separator.size(), 2) - 2);
    std::string const expected = tokenizer.first + ":0 A:0 " + tokenizer.separator + ":0";
    if (single != expected) post.refuse("single", "'[CLS]:0 A:0 [SEP]:0'");
    if (template_text(post.find("pair")) != expected + " B:1 " + tokenizer.separator + ":1")
        post.refuse("pair", "'[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1'");
}

inline BertTokenizer read_bert_tokenizer(const TextFile& file,
                                         const std::optional<TextFile>& tokenizer_config)
{
    JsonDocument const document = parse_json_object(file);
    TokenizerJson const root(file.name, document.root());
    TokenizerJson const model = root.part("model");
    TokenizerJson const normaliser = root.part("normalizer");
    // Early files leave the type out; only BPE has merges.
    model.expect("type", "WordPiece", model.find("merges") ? "BPE" : "WordPiece");
    normaliser.expect("type", "BertNormalizer", {});
    root.part("pre_tokenizer").expect("type", "BertPreTokenizer", {});

    BertTokenizer tokenizer;
    tokenizer.options.clean_text = normaliser.boolean("clean_text", true);
    tokenizer.options.split_ideographs = normaliser.boolean("handle_chinese_chars", true);
    tokenizer.options.lower_case = normaliser.boolean("lowercase", true);
    tokenizer.options.strip_accents =
        normaliser.boolean("strip_accents", tokenizer.options.lower_case);
    if (tokenizer_config) {
        JsonDocument const config = parse_json_object(*tokenizer_config);
        TokenizerJson const settings(tokenizer_config->name, config.root());
        if (is_bert_class(settings)) read_bert_text_options(settings, tokenizer.options);
    }
    tokenizer.unknown = model.string("unk_token", tokenizer.unknown);
    if (auto const longest = model.find("max_input_chars_per_word")) {
        if (!longest->natural() || *longest->natural() > longest_cut_word)
            model.refuse("max_input_chars_per_word",
                         "a whole number up to " + std::to_string(longest_cut_word));
        tokenizer.longest_word = static_cast<std::size_t>(*longest->natural());
    }
    read_bert_template(root.part("post_processor"), tokenizer);

    std::vector<TokenEntry> entries = tokenizer_vocabulary(model);
    SpecialTokens const special{added_tokens(root, true)};
    WordPieces pieces(file.name, entries, model.string("continuing_subword_prefix", "##"));
    TokenizerJson const decoder = root.part("decoder");
    decoder.expect("type", "WordPiece", "WordPiece");
    tokenizer.decoder.prefix = decoder.string("prefix", tokenizer.decoder.prefix);
    tokenizer.decoder.cleans_up = decoder.boolean("cleanup", tokenizer.decoder.cleans_up);
    tokenizer.vocabulary = make_vocabulary(file.name, std::move(entries), special);
    tokenizer.pieces = std::move(pieces);
    return tokenizer;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
