#pragma once

/// \file
/// What is fuzzed: one target for each kind of file that tfm reads.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tfm_fuzz {

/// One way into tfm.
struct Target {
    std::string_view name;
    void (*run)(std::string_view input); ///< may throw `tfm::Error`, and nothing else
    std::vector<std::string> (*seeds)(); ///< inputs to begin with
};

std::span<const Target> io_targets();
std::span<const Target> tokenizer_targets();
std::span<const Target> model_targets();

} // namespace tfm_fuzz
