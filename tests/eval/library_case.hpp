#pragma once

/// \file
/// The cases of tests/data/eval/library.json, by tools/make_eval_references.py: logits by formulas
/// without rounding, and what numpy, scipy and PyTorch make of them.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

namespace tfm_test {

/// Two models' logits (rows, vocab) and the token that comes next in each row.
struct LibraryCase {
    std::size_t vocab;
    std::vector<float> reference;
    std::vector<float> candidate;
    std::vector<std::int32_t> tokens;
    nlohmann::json expected;

    std::span<const float> reference_row(std::size_t row) const
    {
        return std::span(reference).subspan(row * vocab, vocab);
    }
    std::span<const float> candidate_row(std::size_t row) const
    {
        return std::span(candidate).subspan(row * vocab, vocab);
    }
};

inline LibraryCase make_case(const nlohmann::json& expected)
{
    LibraryCase result{expected["vocab"], {}, {}, {}, expected};
    auto const rows = expected["rows"].get<std::int32_t>();
    auto const vocab = static_cast<std::int32_t>(result.vocab);
    for (std::int32_t i = 0; i < rows; ++i) {
        for (std::int32_t j = 0; j < vocab; ++j) {
            float const logit =
                static_cast<float>((131 * i + 17 * j * j + 29 * i * j) % 251 - 125) / 16.0F;
            result.reference.push_back(logit);
            result.candidate.push_back(
                logit + static_cast<float>((37 * i + 101 * j + i * j) % 41 - 20) / 64.0F);
        }
        result.tokens.push_back((53 * i + 7) % vocab);
    }
    return result;
}

inline std::vector<LibraryCase> library_cases()
{
    std::ifstream file(std::filesystem::path(TFM_TEST_DATA) / "eval/library.json");
    auto const values = nlohmann::json::parse(file);
    std::vector<LibraryCase> cases;
    for (auto const& expected : values["cases"]) cases.push_back(make_case(expected));
    return cases;
}

} // namespace tfm_test
