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
/// P V, and decoding a token streams them front to back.
template <DecoderShape S, Precision P>
class KvCache {
public:
    using Element = ElementOf<P.kv>; ///< as it is stored
    /// What its elements are multiplied with.
    using Input = detail::CacheInput<Element>;

    static constexpr std::size_t head_width = S.head_width(); ///< features of a head
    using Keys = Packed<head_width, dyn>;                     ///< of one layer and head
    using Values = Packed<dyn, head_width>;                   ///< of one layer and head

    /// Room for so many positions, all zero.
    explicit KvCache(std::size_t positions)
        : positions_(positions), cells_(Vec<>(bytes(positions) / sizeof(Element)))
    {
    }

    /// Positions there is room for.
    std::size_t positions() const noexcept { return positions_; }

    /// Bytes of a cache of so many positions.
    static constexpr std::size_t bytes(std::size_t positions) noexcept
    {
        return S.layers * S.key_heads() * head_size(positions) * sizeof(Element);
    }

    /// Keys of one layer and head, (head_width, positions).
    View<Element, Keys> keys(std::size_t layer, std::size_t head) noexcept
    {
        return {head_begin(layer, head), Keys(head_width, positions_)};
    }

    /// Values of one layer and head, (positions, head_width).
    View<Element, Values> values(std::size_t layer, std::size_t head) noexcept
    {
        return {head_begin(layer, head) + keys_size(positions_), Values(positions_, head_width)};
    }

private:
    static constexpr std::size_t keys_size(std::size_t positions) noexcept
    {
        return Keys(head_width, positions).template required_size<Element>();
    }
    static constexpr std::size_t head_size(std::size_t positions) noexcept
    {
        return keys_size(positions) +
               Values(positions, head_width).template required_size<Element>();
    }
    Element* head_begin(std::size_t layer, std::size_t head) noexcept
    {
        return cells_.data() + (layer * S.key_heads() + head) * head_size(positions_);
    }

    std::size_t positions_;
    Tensor<Element, Vec<>> cells_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
