#pragma once

/// \file
/// Weights as most libraries want them.

#include <algorithm>
#include <cstddef>
#include <vector>

#include <tfm/tensor/tensor.hpp>

#include "library.hpp"

namespace kernel_peers {

/// Copies of a row-major weight, in memory like tfm's own: aligned, in large pages where these are
/// allowed.
class PlainWeights {
public:
    PlainWeights(Matrix weight, std::size_t copies)
    {
        copies_.emplace_back(weight.layout());
        std::copy_n(weight.data(), weight.rows() * weight.cols(), copies_.front().data());
        while (copies_.size() < copies) copies_.push_back(copies_.front().clone());
    }

    Matrix operator[](std::size_t copy) const noexcept { return copies_[copy].view(); }

private:
    std::vector<tfm::Tensor<float, tfm::RowMajor<>>> copies_;
};

} // namespace kernel_peers
