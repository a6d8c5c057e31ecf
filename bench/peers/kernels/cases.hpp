#pragma once

/// \file
/// What is compared: GPT-2's matmuls, by dtype and threads.

#include <cstddef>
#include <string>
#include <vector>

#include "library.hpp"

namespace kernel_peers {

/// Inputs and outputs of a weight.
struct WeightShape {
    std::size_t k;
    std::size_t n;
};

/// One product on so many threads.
struct Case {
    Dtype dtype;
    std::size_t m;
    WeightShape weight;
    std::size_t threads;

    /// Such as `fp32/m:1/k:768/n:2304/threads:2`.
    std::string name() const;
    double operations() const noexcept;
    /// Of the weight and x, which every library must read.
    double bytes() const noexcept;
};

/// Whether two cases may be of one group: of one dtype and weight shape.
bool shares_weight(const Case& a, const Case& b) noexcept;

/// Which cases there are.
struct CaseChoice {
    std::vector<std::size_t> rows = {1, 4, 16, 64, 128, 512, 1024};
    std::vector<WeightShape> weights = {{768, 2304}, {768, 768},   {768, 3072},
                                        {3072, 768}, {768, 50257}, {1024, 4096}};
    std::vector<std::size_t> threads;
    std::string filter; ///< a regular expression that a name must hold
};

/// The cases of one dtype and weight, which share the libraries' copies of that weight.
using CaseGroup = std::vector<Case>;

/// All cases chosen, dtype by dtype. Throws `tfm::Error` for a filter that is none.
std::vector<CaseGroup> group_cases(const CaseChoice& choice);

} // namespace kernel_peers
