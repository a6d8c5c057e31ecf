#include "tokenizer.hpp"

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

} // namespace

std::string tokenizer_files(const fs::path& folder)
{
    if (has(folder, "tokenizer.json")) return "tokenizer.json";
    if (has(folder, "vocab.json") || has(folder, "merges.txt")) return "vocab.json and merges.txt";
    return has(folder, "tokenizer.model") ? "tokenizer.model" : "";
}

tfm::Tokenizer load_tokenizer(const fs::path& folder)
{
    tfm::require(!tokenizer_files(folder).empty(), [&] {
        return folder.string() +
               ": expected a tokenizer (tokenizer.json, or vocab.json and merges.txt), found "
               "none; without one, generate and logits take ids with --tokens";
    });
    return tfm::Tokenizer::load(folder);
}

FoundTokenizer find_tokenizer(const fs::path& folder)
{
    if (tokenizer_files(folder).empty()) return {};
    try {
        return {load_tokenizer(folder), ""};
    } catch (const tfm::Error& error) {
        return {std::nullopt, error.what()};
    }
}

} // namespace tfm_program
