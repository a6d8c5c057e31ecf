#pragma once

/// \file
/// The files of a tokenizer.

#include <optional>

#include "../config.hpp"
#include "../io/text_file.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A tokenizer.json, and the files beside it that say more.
struct TokenizerJsonFiles {
    TextFile tokenizer;                           ///< tokenizer.json
    std::optional<TextFile> special_tokens_map{}; ///< special_tokens_map.json
    std::optional<TextFile> tokenizer_config{};   ///< tokenizer_config.json
};

/// The files of a tokenizer in Hugging Face's older format, and those beside them that say more.
struct BytePairFiles {
    TextFile vocab;                               ///< vocab.json: {token: id, ...}
    TextFile merges;                              ///< merges.txt: one pair of tokens a line
    std::optional<TextFile> added_tokens{};       ///< added_tokens.json: {token: id, ...}
    std::optional<TextFile> special_tokens_map{}; ///< special_tokens_map.json
    std::optional<TextFile> tokenizer_config{};   ///< tokenizer_config.json
    std::optional<TextFile> config{};             ///< config.json, for the model's family
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
