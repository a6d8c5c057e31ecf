#pragma once

/// \file
/// Softmax over rows.

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "../simd/exp.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Largest of `count` floats or bf16; minus infinity for none.
template <class T>
float row_max(const T* x, std::size_t count) noexcept
{
    using namespace simd;
    vec most = broadcast(-std::numeric_limits<float>::infinity());
    std::size_t const whole = count / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) most = max(most, load(x + i));
    float largest = reduce_max(most);
    for (std::size_t i = whole; i < count; ++i) {
        auto const value = static_cast<float>(x[i]);
        largest = value > largest ? value : largest;
    }
    return largest;
}

/// exp(scale * (x - largest)) of registers.
///
/// The difference comes first: it is exact where it matters and never positive, whereas the
/// rounding of scale * x alone can exceed 88, and exp overflow, when scores are huge.
inline auto exp_below(float scale, float largest) noexcept
{
    using namespace simd;
    return [=](vec x) {
        return exp2_nonpositive((x - broadcast(largest)) * broadcast(scale * log2_e));
    };
}

/// out, of float or bf16, = exp(scale * (x - largest)), and the sum of that; the sum alone where
/// `out` is `nullptr`. `out` may be `x`.
template <class TX, class Out>
float exp_row(const TX* x, std::size_t count, float scale, float largest, Out out) noexcept
{
    using namespace simd;
    constexpr bool stores = !std::same_as<Out, std::nullptr_t>;
    auto const weigh = exp_below(scale, largest);
    vec sum = broadcast(0.0F);
    std::size_t const whole = count / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) {
        vec const e = weigh(load(x + i));
        sum += e;
        if constexpr (stores) store(out + i, e);
    }
    float total = reduce_add(sum);
    if (whole < count) {
        float rest[lanes];
        store(rest, weigh(load_partial(x + whole, count - whole)));
        for (std::size_t i = whole; i < count; ++i) {
            if constexpr (stores) out[i] = std::remove_pointer_t<Out>(rest[i - whole]);
            total += rest[i - whole];
        }
    }
    return total;
}

/// A whole row's softmax. Floats wait in `out` for their sum. To bf16 they would be rounded twice:
/// there the exponentials are computed again. `out` may be `x`.
template <class TX, class TO>
void softmax_row(const TX* x, std::size_t count, TO* out) noexcept
{
    using namespace simd;
    float const largest = row_max(x, count);
    if constexpr (std::same_as<TO, float>) {
        float const inverse = 1.0F / exp_row(x, count, 1.0F, largest, out);
        for_each_vec(count, [&](std::size_t i, auto load, auto store) {
            store(out + i, load(out + i) * broadcast(inverse));
        });
    } else {
        float const inverse = 1.0F / exp_row(x, count, 1.0F, largest, nullptr);
        auto const weigh = exp_below(1.0F, largest);
        for_each_vec(count, [&](std::size_t i, auto load, auto store) {
            store(out + i, weigh(load(x + i)) * broadcast(inverse));
        });
    }
}

} // namespace detail

/// Each row of out = exp(x - max x) / sum exp(x - max x), as PyTorch's `softmax` along the last
/// axis has it; `out` may be `x`. (..., M, N) to (..., M, N), each of fp32 or bf16 in contiguous
/// rows, one to four axes; a bf16 result is rounded once. Throws `tfm::Error` when extents known
/// only at run time differ, or rows are not contiguous.
template <TensorLike X, TensorLike Out>
void softmax(X&& x, Out&& out)
{
    auto const rows = detail::row_operands("tfm::softmax", tensor_detail::view_of(x),
                                           tensor_detail::view_of(out));
    rows.for_each([&](const auto* from, auto* to) { detail::softmax_row(from, rows.x.width, to); });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
