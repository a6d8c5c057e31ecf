#pragma once

/// \file
/// The keys and values of one sequence, in packed cells.

#include <algorithm>
#include <cstddef>

#include "../kernels/attention.hpp"
#include "../tensor/tensor.hpp"
#include "decoder_shape.hpp"
#include "precision.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Keys and values of `positions` positions for every layer and key head of a decoder of shape S.
///
/// Per layer and head: keys are `Packed<head_width, positions>` and values `Packed<positions,
/// head_width>`, so that both are weights to the matmul kernels: scores are q K and the output is
/// P V, and decoding a token streams them front to back. In int8 each position of each head has a
/// scale for its key and one for its value.
template <DecoderShape S, Precision P>
class KvCache {
public:
    using Element = ElementOf<P.kv>; ///< as it is stored
    /// What its elements are multiplied with.
    using Input = detail::CacheInput<Element>;

    static constexpr std::size_t head_width = S.head_width(); ///< features of a head
    using Keys = Packed<head_width, dyn>;                     ///< of one layer and head
    using Values = Packed<dyn, head_width>;                   ///< of one layer and head

    static constexpr bool has_scales = P.kv == Dtype::int8; ///< whether elements have scales

    /// Room for so many positions, all zero.
    explicit KvCache(std::size_t positions)
        : positions_(positions), cells_(Vec<>(heads() * head_size(positions))),
          scales_(Vec<>(heads() * 2 * scales_size(positions)))
    {
    }

    /// Positions there is room for.
    std::size_t positions() const noexcept { return positions_; }

    /// Bytes of a cache of so many positions.
    static constexpr std::size_t bytes(std::size_t positions) noexcept
    {
        return heads() * (head_size(positions) * sizeof(Element) +
                          2 * scales_size(positions) * sizeof(float));
    }

    /// Keys of one layer and head, (head_width, positions): a `View`, or a `QuantizedCache`.
    auto keys(std::size_t layer, std::size_t head) noexcept
    {
        View<Element, Keys> const cells(head_begin(layer, head), Keys(head_width, positions_));
        if constexpr (has_scales) {
            return QuantizedCache<Keys>{cells, scales_begin(layer, head)};
        } else {
            return cells;
        }
    }

    /// Values of one layer and head, (positions, head_width): a `View`, or a `QuantizedCache`.
    auto values(std::size_t layer, std::size_t head) noexcept
    {
        View<Element, Values> const cells(head_begin(layer, head) + keys_size(positions_),
                                          Values(positions_, head_width));
        if constexpr (has_scales) {
            return QuantizedCache<Values>{cells,
                                          scales_begin(layer, head) + scales_size(positions_)};
        } else {
            return cells;
        }
    }

private:
    static constexpr std::size_t heads() noexcept { return S.layers * S.key_heads(); }
    static constexpr std::size_t keys_size(std::size_t positions) noexcept
    {
        return Keys(head_width, positions).template required_size<Element>();
    }
    static constexpr std::size_t head_size(std::size_t positions) noexcept
    {
        return keys_size(positions) +
               Values(positions, head_width).template required_size<Element>();
    }
    static constexpr std::size_t scales_size(std::size_t positions) noexcept
    {
        return has_scales ? round_up(positions, panel_width) : 0;
    }
    Element* head_begin(std::size_t layer, std::size_t head) noexcept
    {
        return cells_.data() + (layer * S.key_heads() + head) * head_size(positions_);
    }
    float* scales_begin(std::size_t layer, std::size_t head) noexcept
    {
        return scales_.data() + (layer * S.key_heads() + head) * 2 * scales_size(positions_);
    }

    std::size_t positions_;
    Tensor<Element, Vec<>> cells_;
    Tensor<float, Vec<>> scales_; ///< by layer and head: of the keys, of the values
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
