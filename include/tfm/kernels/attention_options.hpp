#pragma once

/// \file
/// The options of `scaled_dot_product_attention`, as PyTorch names them, and its mask.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "attention_mask.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// Extents and strides of (batch, heads, time, width); missing axes have the extent 1.
struct FourAxes {
    std::array<std::size_t, 4> extents{1, 1, 1, 1};
    std::array<std::size_t, 4> strides{0, 0, 0, 0};

    FourAxes() = default;
    template <std::size_t... E>
    explicit FourAxes(const Dense<E...>& layout) noexcept
    {
        constexpr std::size_t rank = sizeof...(E);
        for (std::size_t axis = 0; axis < rank; ++axis) {
            extents[axis + 4 - rank] = layout.extent(axis);
            strides[axis + 4 - rank] = layout.stride(axis);
        }
    }

    std::string text() const
    {
        std::string all = std::to_string(extents[0]);
        for (std::size_t axis = 1; axis < 4; ++axis) all += " x " + std::to_string(extents[axis]);
        return all;
    }
};

} // namespace tensor_detail

inline namespace TFM_ISA_NAMESPACE {

/// What is added to the scores of an attention, or which of them count: a tensor or view of one to
/// four axes that broadcasts to (batch, heads, queries, keys), axes of extent 1 and missing ones
/// standing for all. Elements of fp32 or bf16 are added to the scaled scores; of `std::uint8_t`
/// they say, unless they are 0, that a query sees a key. Refers to the tensor's memory.
class AttentionMask {
public:
    /// No mask.
    AttentionMask() = default;

    /// Throws `tfm::Error` where the elements for neighbouring keys are not neighbours in memory.
    template <TensorLike X>
    AttentionMask(const X& mask) : AttentionMask(ViewTag{}, tensor_detail::view_of(mask))
    {
    }

    /// Whether there is one.
    bool exists() const noexcept { return elements_ != Elements::none; }

    /// Whether it broadcasts to (batch, heads, queries, keys).
    bool broadcasts_to(const std::array<std::size_t, 4>& scores) const noexcept
    {
        for (std::size_t axis = 0; axis < 4; ++axis) {
            if (axes_.extents[axis] != 1 && axes_.extents[axis] != scores[axis]) return false;
        }
        return true;
    }

    /// Its extents, for messages.
    std::string shape_text() const { return axes_.text(); }

    /// What it says of one head's scores, which are products of queries and keys times `scale`.
    detail::ScoreMask of_head(std::size_t batch, std::size_t head, float scale) const noexcept
    {
        auto const& strides = axes_.strides;
        return {scale,      elements_, data_, batch * strides[0] + head * strides[1],
                strides[2], strides[3]};
    }

private:
    using Elements = detail::ScoreMask::Elements;
    struct ViewTag {};

    template <class T, class L>
    AttentionMask(ViewTag, View<T, L> mask)
        : elements_(elements_of<std::remove_const_t<T>>()), data_(mask.data())
    {
        static_assert(StridedLayout<L>, "tfm: the mask of an attention is an ordinary tensor.");
        axes_ = tensor_detail::FourAxes(dense(mask).layout());
        for (std::size_t axis = 0; axis < 4; ++axis) {
            if (axes_.extents[axis] == 1) axes_.strides[axis] = 0;
        }
        require(axes_.strides[3] <= 1, [&] {
            return "tfm::AttentionMask: the elements of a row of the mask (" + axes_.text() +
                   ") lie " + std::to_string(axes_.strides[3]) +
                   " apart; kernels take contiguous rows: copy to RowMajor first with tfm::copy";
        });
    }

    template <class T>
    static constexpr Elements elements_of() noexcept
    {
        static_assert(RowElement<T> || std::same_as<T, std::uint8_t>,
                      "tfm: the mask of an attention holds float or tfm::bf16, which are added to "
                      "scores, or std::uint8_t, of which 1 says that a score counts and 0 that it "
                      "does not.");
        return std::same_as<T, float>  ? Elements::fp32
               : std::same_as<T, bf16> ? Elements::bf16
                                       : Elements::allowed;
    }

    Elements elements_ = Elements::none;
    const void* data_ = nullptr;
    tensor_detail::FourAxes axes_;
};

/// Options of `scaled_dot_product_attention`, under PyTorch's names.
struct AttentionOptions {
    /// What is added to scores, or which of them count; applies beside `is_causal`.
    AttentionMask attn_mask{};
    /// Whether query i sees the keys up to `first_position + i` only. With 0, PyTorch's way, the
    /// first query stands at the first key also where there are more keys than queries.
    bool is_causal = false;
    /// The factor of products of queries and keys; 1 / sqrt(width) unless given.
    std::optional<float> scale{};
    /// Whether a head of keys and values may serve several heads of queries, neighbouring ones.
    bool enable_gqa = false;
    /// Where the first query stands among the keys: keys - queries where the queries are the last.
    std::size_t first_position = 0;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
