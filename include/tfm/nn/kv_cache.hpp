#pragma once

/// \file
/// The keys and values of one sequence, in packed cells.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../kernels/attention.hpp"
#include "../tensor/tensor.hpp"
#include "decoder_shape.hpp"
#include "precision.hpp"

namespace tfm {

/// What a key-value cache is for: the extents that a model and its sessions must share.
struct CacheShape {
    std::size_t layers;     ///< of the model
    std::size_t heads;      ///< of keys and values, in each layer
    std::size_t head_width; ///< features of a head

    friend constexpr bool operator==(const CacheShape&, const CacheShape&) = default;
};

namespace nn_detail {

/// The cache of so many layers of such blocks.
constexpr CacheShape cache_shape(const BlockShape& block, std::size_t layers) noexcept
{
    return {layers, block.kv_heads, block.head_width};
}

/// The cache of a decoder.
constexpr CacheShape cache_shape(const DecoderShape& shape) noexcept
{
    return cache_shape(shape.block(), shape.layers);
}

} // namespace nn_detail

inline namespace TFM_ISA_NAMESPACE {

/// Keys and values of `positions` positions for every layer and key head, stored in D.
///
/// Per layer and head: keys are `Packed<head_width, positions>` and values `Packed<positions,
/// head_width>`, so that both are weights to the matmul kernels: scores are q K and the output is
/// P V, and decoding a token streams them front to back. In int8 each position of each head has a
/// scale for its key and one for its value.
template <Dtype D>
class KvCache {
public:
    using Element = ElementOf<D>; ///< as it is stored
    /// What its elements are multiplied with.
    using Input = detail::MatmulInput<Element>;

    static constexpr bool has_scales = D == Dtype::int8; ///< whether elements have scales

    /// Room for so many positions, all zero. Throws `std::bad_alloc` when there is no memory.
    KvCache(const CacheShape& shape, std::size_t positions)
        : shape_(shape), positions_(positions),
          keys_size_(checked(Packed<>(shape.head_width, positions))),
          head_size_(keys_size_ + checked(Packed<>(positions, shape.head_width))),
          scales_size_(scales_size(positions)), cells_(Vec<>(for_heads(shape, head_size_))),
          scales_(Vec<>(for_heads(shape, 2 * scales_size_)))
    {
    }

    /// A copy of everything.
    KvCache clone() const
    {
        KvCache copy(shape_, positions_);
        std::copy_n(cells_.data(), cells_.size(), copy.cells_.data());
        std::copy_n(scales_.data(), scales_.size(), copy.scales_.data());
        return copy;
    }

    /// What it is for.
    const CacheShape& shape() const noexcept { return shape_; }
    /// Whether it was moved from.
    bool is_moved_from() const noexcept { return cells_.data() == nullptr; }
    /// Positions there is room for.
    std::size_t positions() const noexcept { return positions_; }

    /// Bytes of a cache of so many positions.
    static constexpr std::size_t bytes(const CacheShape& shape, std::size_t positions) noexcept
    {
        return shape.layers * shape.heads *
               (head_size(shape, positions) * sizeof(Element) +
                2 * scales_size(positions) * sizeof(float));
    }

    /// Keys of one layer and head, (head_width, positions): a `View`, or a `QuantizedCache`.
    auto keys(std::size_t layer, std::size_t head) noexcept
    {
        return with_scales(key_cells(layer, head), key_scales(layer, head));
    }

    /// Values of one layer and head, (positions, head_width): a `View`, or a `QuantizedCache`.
    auto values(std::size_t layer, std::size_t head) noexcept
    {
        return with_scales(value_cells(layer, head), value_scales(layer, head));
    }

    /// The elements of `keys`.
    View<Element, Packed<>> key_cells(std::size_t layer, std::size_t head) noexcept
    {
        return {cells_.data() + head_begin(layer, head), {shape_.head_width, positions_}};
    }
    /// The same, to read.
    View<const Element, Packed<>> key_cells(std::size_t layer, std::size_t head) const noexcept
    {
        return {cells_.data() + head_begin(layer, head), {shape_.head_width, positions_}};
    }

    /// The elements of `values`.
    View<Element, Packed<>> value_cells(std::size_t layer, std::size_t head) noexcept
    {
        return {cells_.data() + head_begin(layer, head) + keys_size_,
                {positions_, shape_.head_width}};
    }
    /// The same, to read.
    View<const Element, Packed<>> value_cells(std::size_t layer, std::size_t head) const noexcept
    {
        return {cells_.data() + head_begin(layer, head) + keys_size_,
                {positions_, shape_.head_width}};
    }

    /// A scale for each position of `keys`, where elements have scales.
    float* key_scales(std::size_t layer, std::size_t head) noexcept
    {
        return scales_.data() + scales_begin(layer, head);
    }
    /// The same, to read.
    const float* key_scales(std::size_t layer, std::size_t head) const noexcept
    {
        return scales_.data() + scales_begin(layer, head);
    }

    /// A scale for each position of `values`, where elements have scales.
    float* value_scales(std::size_t layer, std::size_t head) noexcept
    {
        return scales_.data() + scales_begin(layer, head) + scales_size_;
    }
    /// The same, to read.
    const float* value_scales(std::size_t layer, std::size_t head) const noexcept
    {
        return scales_.data() + scales_begin(layer, head) + scales_size_;
    }

    /// Zeroes the values of the positions [first, last), which are forgotten. Kernels multiply bf16
    /// in whole runs of cells, what lies behind the last row with weights of 0, so that a NaN left
    /// there would count. Row `first` itself is written before it is read.
    void forget_values(std::size_t first, std::size_t last) noexcept
    {
        if constexpr (D == Dtype::bf16) {
            std::size_t const begin = round_up(first, k_group<Element>);
            std::size_t const end = round_up(last, k_group<Element>);
            if (begin >= end) return;
            for (std::size_t head = 0; head < shape_.layers * shape_.heads; ++head) {
                auto const cells = values(0, head); // heads of all layers follow each other
                for (std::size_t n = 0; n < shape_.head_width; n += panel_width) {
                    Element* const panel = &cells(0, n);
                    std::fill(panel + begin * panel_width, panel + end * panel_width, Element{});
                }
            }
        }
    }

private:
    /// Elements of cells; throws `std::bad_alloc` where no memory could hold them.
    static std::size_t checked(const Packed<>& cells)
    {
        std::size_t const size = tensor_detail::checked_size<Element>(cells);
        if (size == SIZE_MAX) tensor_detail::throw_bad_alloc();
        return size;
    }
    static constexpr std::size_t head_size(const CacheShape& shape, std::size_t positions) noexcept
    {
        return Packed<>(shape.head_width, positions).required_size<Element>() +
               Packed<>(positions, shape.head_width).required_size<Element>();
    }
    /// `each` for every layer and head; throws `std::bad_alloc` where no memory could hold so many.
    static std::size_t for_heads(const CacheShape& shape, std::size_t each)
    {
        constexpr std::size_t most = PTRDIFF_MAX / sizeof(float);
        std::size_t const heads = shape.layers * shape.heads;
        if (heads != 0 && each > most / heads) tensor_detail::throw_bad_alloc();
        return heads * each;
    }
    static constexpr std::size_t scales_size(std::size_t positions) noexcept
    {
        return has_scales ? round_up(positions, panel_width) : 0;
    }
    std::size_t index(std::size_t layer, std::size_t head) const noexcept
    {
        return layer * shape_.heads + head;
    }
    std::size_t head_begin(std::size_t layer, std::size_t head) const noexcept
    {
        return index(layer, head) * head_size_;
    }
    std::size_t scales_begin(std::size_t layer, std::size_t head) const noexcept
    {
        return index(layer, head) * 2 * scales_size_;
    }
    static auto with_scales(View<Element, Packed<>> cells, [[maybe_unused]] float* scales) noexcept
    {
        if constexpr (has_scales) {
            return QuantizedCache<Packed<>>{cells, scales};
        } else {
            return cells;
        }
    }

    CacheShape shape_;
    std::size_t positions_;
    std::size_t keys_size_;   ///< elements of a head's keys
    std::size_t head_size_;   ///< elements of a head's keys and values
    std::size_t scales_size_; ///< scales of a head's keys, and of its values
    Tensor<Element, Vec<>> cells_;
    Tensor<float, Vec<>> scales_; ///< by layer and head: of the keys, of the values
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
