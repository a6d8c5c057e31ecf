#pragma once

/// \file
/// Masks and biases on their way to the scores of an attention.

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../simd/vec.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// What makes scores of one head's products of queries and keys: a factor, and for each of them
/// what a mask says. Elements lie `row_stride` apart for each query and `position_stride`, 0 or 1,
/// for each key.
struct ScoreMask {
    enum class Elements { none, allowed, fp32, bf16 };

    float scale = 1.0F;
    Elements elements = Elements::none;
    const void* data = nullptr;
    std::size_t offset = 0; ///< of the first element
    std::size_t row_stride = 0;
    std::size_t position_stride = 0;

    /// Makes the scores of a row and `count` positions from `first` on.
    void apply(std::size_t row, std::size_t first, std::size_t count, float* scores) const noexcept
    {
        std::size_t const at = offset + row * row_stride + first * position_stride;
        switch (elements) {
        case Elements::none:
            return add(0.0F, count, scores);
        case Elements::allowed:
            return allow(static_cast<const std::uint8_t*>(data) + at, count, scores);
        case Elements::fp32:
            return add_row(static_cast<const float*>(data) + at, count, scores);
        case Elements::bf16:
            return add_row(static_cast<const tfm::bf16*>(data) + at, count, scores);
        }
    }

private:
    void add(float bias, std::size_t count, float* scores) const noexcept
    {
        for (std::size_t i = 0; i < count; ++i) scores[i] = scores[i] * scale + bias;
    }
    template <class T>
    void add_row(const T* biases, std::size_t count, float* scores) const noexcept
    {
        if (position_stride == 0) return add(static_cast<float>(*biases), count, scores);
        using namespace simd;
        for_each_vec(count, [&](std::size_t i, auto load, auto store) {
            store(scores + i, fma(load(scores + i), broadcast(scale), load(biases + i)));
        });
    }
    /// What is not allowed gets no weight.
    void allow(const std::uint8_t* allowed, std::size_t count, float* scores) const noexcept
    {
        constexpr float never = -std::numeric_limits<float>::infinity();
        for (std::size_t i = 0; i < count; ++i)
            scores[i] = allowed[i * position_stride] != 0 ? scores[i] * scale : never;
    }
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
