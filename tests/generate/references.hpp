#pragma once

/// \file
/// What transformers made of logits, from tests/data/generate (tools/make_sampling_references.py).

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <tfm/generate/options.hpp>
#include <tfm/io/safetensors.hpp>

namespace tfm::testing {

inline SafeTensors open_references(const char* name)
{
    return SafeTensors::open(std::filesystem::path(TFM_TEST_DATA) / "generate" / name);
}

/// The numbers of a tensor of T.
template <class T>
std::vector<T> read_numbers(const SafeTensors& file, const std::string& name)
{
    auto const& bytes = file.at(name).bytes;
    std::vector<T> numbers(bytes.size() / sizeof(T));
    if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
}

/// A name in the files, and the options that it stands for.
struct ReferenceCase {
    std::string name;
    GenerateOptions options;
};

} // namespace tfm::testing
