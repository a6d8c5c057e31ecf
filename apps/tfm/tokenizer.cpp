#include "tokenizer.hpp"

#include <cstddef>
#include <system_error>

#include <tfm/config.hpp>

namespace tfm_program {

namespace {

namespace fs = std::filesystem;

bool has(const fs::path& folder, const char* name)
{
    std::error_code error;
    return fs::exists(folder / name, error);
}

/// Whether there are files of a tokenizer, of whatever kind.
bool has_tokenizer(const fs::path& folder)
{
    return has(folder, "tokenizer.json") || has(folder, "vocab.json") ||
           has(folder, "merges.txt") || has(folder, "tokenizer.model");
}

} // namespace

tfm::Tokenizer load_tokenizer(const fs::path& folder)
{
    tfm::require(has_tokenizer(folder), [&] {
        return folder.string() +
               ": expected a tokenizer (tokenizer.json, or vocab.json and merges.txt), found "
               "none; without one, generate and logits take ids with --tokens";
    });
    return tfm::Tokenizer::load(folder);
}

std::optional<tfm::Tokenizer> load_tokenizer_if_present(const fs::path& folder)
{
    if (!has_tokenizer(folder)) return std::nullopt;
    try {
        return tfm::Tokenizer::load(folder);
    } catch (const tfm::Error&) {
        return std::nullopt;
    }
}

std::string_view token_text(const tfm::Tokenizer& tokenizer, std::int32_t token)
{
    if (static_cast<std::size_t>(token) >= tokenizer.vocab_size()) return "\xEF\xBF\xBD";
    return tokenizer.token_bytes(token);
}

} // namespace tfm_program
