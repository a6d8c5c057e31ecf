#pragma once

/// \file
/// Attention of every row to all positions, as encoders have it.

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "../config.hpp"
#include "attention.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// out = softmax(q keysᵀ / sqrt(head_width)) values, for one head.
///
/// q and out are (M, head_width); every row sees the first `positions` of the cache, which must
/// have been appended (`append_keys`, `append_values`). Throws `tfm::Error` when the cache is too
/// short, `positions` is 0, or widths known only at run time differ.
template <Fp32 TQ, RowsLayout LQ, Fp32 TK, Fp32 TV, std::size_t HeadWidth, std::size_t Positions,
          Fp32 TO, RowsLayout LO>
void bidirectional_attention(View<TQ, LQ> q, View<TK, Packed<HeadWidth, Positions>> keys,
                             View<TV, Packed<Positions, HeadWidth>> values, std::size_t positions,
                             View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LQ::cols>, PackedK<HeadWidth>>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<HeadWidth>>::value);
    require(q.cols() == keys.rows() && q.cols() == values.cols() && q.cols() == out.cols() &&
                q.rows() == out.rows(),
            [&] {
                return "tfm::bidirectional_attention: q is " + std::to_string(q.rows()) + " x " +
                       std::to_string(q.cols()) + ", the output " + std::to_string(out.rows()) +
                       " x " + std::to_string(out.cols()) + ", the cache's head width " +
                       std::to_string(keys.rows());
            });
    require(positions > 0 && positions <= keys.cols() && positions <= values.rows(), [&] {
        return "tfm::bidirectional_attention: expected 1 to " + std::to_string(keys.cols()) +
               " positions, as the cache has, found " + std::to_string(positions);
    });
    detail::attend(detail::AttentionHead<float>{
        detail::queries_pointer(q), q.rows(), detail::cached_head(keys, values), 0,
        std::numeric_limits<std::size_t>::max(), 1.0F / std::sqrt(static_cast<float>(q.cols())),
        out.data(), out.row_stride(), positions});
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
