#pragma once

/// \file
/// A vocabulary for tests: a token for every byte, numbered by its value, and some more.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/text/byte_level.hpp>
#include <tfm/text/tokenizer.hpp>

namespace tfm_test {

/// `vocab.json` of 256 bytes with the ids 0 to 255 and of `more`, from id 256 on. The strings are
/// put into JSON as they are.
inline std::string vocab_json(const std::vector<std::string>& more = {})
{
    std::string json = "{";
    std::size_t id = 0;
    const auto add = [&](const std::string& token) {
        json += (id == 0 ? "\"" : ", \"") + token + "\": " + std::to_string(id);
        ++id;
    };
    for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::string token =
            tfm::detail::byte_level_character(static_cast<std::uint8_t>(byte));
        add(token == "\"" || token == "\\" ? "\\" + token : token);
    }
    for (const std::string& token : more) add(token);
    return json + "}";
}

/// Files with this content, called vocab.json and merges.txt.
inline tfm::BytePairFiles files(std::string vocab, std::string merges = "#version: 0.2\n")
{
    tfm::BytePairFiles files;
    files.vocab = {"vocab.json", std::move(vocab)};
    files.merges = {"merges.txt", std::move(merges)};
    return files;
}

} // namespace tfm_test
