#pragma once

/// \file
/// What tests of blocks share: a block of many features, and rows in buffers of their own.

#include <cstddef>

#include <tfm/nn/block_shape.hpp>
#include <tfm/tensor/view.hpp>

namespace tfm::testing {

template <std::size_t W>
using RowsOf = View<float, RowMajor<dyn, W>>;
template <std::size_t W>
using ConstRowsOf = View<const float, RowMajor<dyn, W>>;

/// Llama's: grouped queries, rotary halves, gated, RMS norms, no biases.
inline constexpr BlockShape llama{.width = 36,
                                  .heads = 6,
                                  .kv_heads = 2,
                                  .head_width = 10,
                                  .mlp_width = 70,
                                  .rotary_width = 10,
                                  .mlp = {Activation::silu, true},
                                  .norm = Norm::rms_norm,
                                  .biases = {false, false, false}};

inline constexpr std::size_t row_count = 70; ///< few for two threads go by columns, these by rows

} // namespace tfm::testing
