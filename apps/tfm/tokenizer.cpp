#include "tokenizer.hpp"

#include <cstddef>
#include <system_error>

#include <tfm/config.hpp>
#include <tfm/io/text_file.hpp>
#include <tfm/models/hugging_face_config.hpp>

namespace tfm_program {

namespace {

namespace fs = std::filesystem;

bool has(const fs::path& folder, const char* name)
{
    std::error_code error;
    return fs::exists(folder / name, error);
}

/// Whether vocab.json and merges.txt say all: other families write them too, but cut text into
/// words by patterns that only their tokenizer.json states.
bool takes_gpt2_files(const fs::path& folder)
{
    if (!has(folder, "vocab.json") && !has(folder, "merges.txt")) return false;
    if (!has(folder, "config.json")) return true;
    return tfm::HuggingFaceConfig::open(folder).string("model_type").value_or("gpt2") == "gpt2";
}

tfm::BytePairEncoder load_tokenizer_json(const fs::path& folder)
{
    using tfm::detail::read_text_file_if_present;
    return tfm::BytePairEncoder::from(
        tfm::TokenizerJsonFiles{tfm::detail::read_text_file(folder / "tokenizer.json"),
                                read_text_file_if_present(folder / "special_tokens_map.json"),
                                read_text_file_if_present(folder / "tokenizer_config.json")});
}

} // namespace

tfm::BytePairEncoder load_tokenizer(const fs::path& folder)
{
    if (takes_gpt2_files(folder)) return tfm::BytePairEncoder::load(folder);
    tfm::require(has(folder, "tokenizer.json"), [&] {
        return folder.string() +
               ": expected a tokenizer (tokenizer.json, or GPT-2's vocab.json and merges.txt), " +
               "found " + (has(folder, "vocab.json") ? "another family's vocab.json" : "none") +
               "; without one, generate and logits take ids with --tokens";
    });
    return load_tokenizer_json(folder);
}

std::optional<tfm::BytePairEncoder> load_tokenizer_if_present(const fs::path& folder)
{
    if (takes_gpt2_files(folder)) return tfm::BytePairEncoder::load(folder);
    if (!has(folder, "tokenizer.json")) return std::nullopt;
    try {
        return load_tokenizer_json(folder);
    } catch (const tfm::Error&) {
        return std::nullopt;
    }
}

std::string_view token_text(const tfm::BytePairEncoder& tokenizer, std::int32_t token)
{
    if (static_cast<std::size_t>(token) >= tokenizer.vocab_size()) return "\xEF\xBF\xBD";
    return tokenizer.token_bytes(token);
}

} // namespace tfm_program
