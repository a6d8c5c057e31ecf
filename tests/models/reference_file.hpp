#pragma once

/// \file
/// The files that tools/make_gpt2_references.py writes.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tfm/io/safetensors.hpp>

namespace tfm::testing {

/// Tokens given to a model and PyTorch's logits at some positions.
struct ReferenceLogits {
    std::vector<std::int32_t> tokens;
    std::vector<std::size_t> positions;
    std::vector<float> logits; ///< (positions, vocab)
};

template <class To, class From>
std::vector<To> read_numbers(const SafeTensors& file, const std::string& name)
{
    const TensorInfo& tensor = file.at(name);
    std::vector<To> numbers(tensor.bytes.size() / sizeof(From));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        From number;
        std::memcpy(&number, tensor.bytes.data() + i * sizeof(From), sizeof(From));
        numbers[i] = static_cast<To>(number);
    }
    return numbers;
}

/// The tensors tokens, positions and logits, each with `suffix` after its name.
inline ReferenceLogits read_reference(const SafeTensors& file, const std::string& suffix = "")
{
    return {read_numbers<std::int32_t, std::int64_t>(file, "tokens" + suffix),
            read_numbers<std::size_t, std::int64_t>(file, "positions" + suffix),
            read_numbers<float, float>(file, "logits" + suffix)};
}

inline ReferenceLogits read_reference(const std::filesystem::path& path)
{
    return read_reference(SafeTensors::open(path));
}

/// The given rows of a (rows, cols) matrix.
inline std::vector<float> select_rows(std::span<const float> all, std::span<const std::size_t> rows,
                                      std::size_t cols)
{
    std::vector<float> selected;
    for (std::size_t const row : rows) {
        auto const values = all.subspan(row * cols, cols);
        selected.insert(selected.end(), values.begin(), values.end());
    }
    return selected;
}

} // namespace tfm::testing
