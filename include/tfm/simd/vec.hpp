#pragma once

/// \file
/// `simd::vec`: one register of floats, and what the kernels do with it. This is the only file that
/// names xsimd; it supplies what releases 8 to 14 lack or break, and a one-lane register where
/// xsimd knows no vector unit.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../tensor/dtype.hpp"
#include "intrinsics.hpp"

#include "../hide_macros.hpp"

#if !defined(TFM_FORCE_SCALAR)
#include <xsimd/xsimd.hpp>
#endif

#if defined(TFM_FORCE_SCALAR) || defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
#define TFM_SCALAR_VEC 1
#else
#define TFM_SCALAR_VEC 0
#endif

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

TFM_INTRINSICS_BEGIN

#if TFM_SCALAR_VEC

/// A register of one lane with the operators of an xsimd batch.
struct vec {
    static constexpr std::size_t size = 1;
    float value;
    vec() = default;
    /// The value goes by way of memory: a register of x87 would keep more digits than a float has.
    vec(float v) noexcept : value(v) { __asm__("" : "+m"(value)); }
    friend vec operator+(vec a, vec b) noexcept { return a.value + b.value; }
    friend vec operator-(vec a, vec b) noexcept { return a.value - b.value; }
    friend vec operator*(vec a, vec b) noexcept { return a.value * b.value; }
    friend vec operator/(vec a, vec b) noexcept { return a.value / b.value; }
    friend vec operator-(vec a) noexcept { return -a.value; }
    vec& operator+=(vec b) noexcept { return *this = *this + b; }
    vec& operator*=(vec b) noexcept { return *this = *this * b; }
};

inline vec load(const float* from) noexcept { return *from; }
inline void store(float* to, vec v) noexcept { *to = v.value; }
inline vec fma(vec a, vec b, vec c) noexcept { return a.value * b.value + c.value; }
inline vec min(vec a, vec b) noexcept { return a.value < b.value ? a.value : b.value; }
inline vec max(vec a, vec b) noexcept { return a.value > b.value ? a.value : b.value; }
inline vec abs(vec v) noexcept { return std::abs(v.value); }
inline vec low_bits_to_exponent(vec v) noexcept
{
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(v.value) << 23);
}
inline float reduce_add(vec v) noexcept { return v.value; }
inline vec load_even(const bf16* pairs) noexcept { return static_cast<float>(pairs[0]); }
inline vec load_odd(const bf16* pairs) noexcept { return static_cast<float>(pairs[1]); }
inline vec load_int32(const std::int32_t* from) noexcept { return static_cast<float>(*from); }
inline vec load_halves(const std::int32_t* high, const std::int32_t* low) noexcept
{
    return fma(static_cast<float>(*high + (*low >> 8)), 256.0F, static_cast<float>(*low & 255));
}
inline vec settled(vec v) noexcept { return v; }
inline vec rounded(vec v) noexcept { return v; }

#else

/// One register of floats.
using vec = xsimd::batch<float>;

/// Reads `lanes` floats, aligned or not.
inline vec load(const float* from) noexcept { return vec::load_unaligned(from); }
/// Writes `lanes` floats, aligned or not.
inline void store(float* to, vec v) noexcept { v.store_unaligned(to); }
/// a * b + c, rounded once where the CPU can. Of AVX-512 xsimd 8 multiplies and adds, which only
/// some compilers fuse.
inline vec fma(vec a, vec b, vec c) noexcept
{
#if defined(TFM_ISA_AVX512)
    return _mm512_fmadd_ps(a, b, c);
#else
    return xsimd::fma(a, b, c);
#endif
}
/// The lesser of each lane: NaN where b is NaN, either one where only a is.
inline vec min(vec a, vec b) noexcept { return xsimd::min(a, b); }
/// The greater of each lane: NaN where b is NaN, either one where only a is.
inline vec max(vec a, vec b) noexcept { return xsimd::max(a, b); }
/// Magnitude of each lane.
inline vec abs(vec v) noexcept { return xsimd::abs(v); }

/// The floats whose exponents are the low eight bits of v's representation and whose mantissas are
/// zero; bit 8 is the sign. `std::bit_cast` does it, because xsimd's own cast has changed between
/// releases.
inline vec low_bits_to_exponent(vec v) noexcept
{
    auto const bits = std::bit_cast<xsimd::batch<std::int32_t>>(v);
    return std::bit_cast<vec>(bits << 23);
}

/// v, which no sum that follows is reordered with. clang++ would do so under some flags that define
/// no macro for config.hpp to refuse, such as -funsafe-math-optimizations.
inline vec settled(vec v) noexcept
{
#if defined(__clang__)
    __asm__("" : "+" TFM_ISA_VECTOR_OPERAND(v.data));
#endif
    return v;
}

/// v, a product that is rounded before anything is added to it: whether compilers fuse the two
/// depends on what they inlined, and so on the loop around.
inline vec rounded(vec v) noexcept
{
    __asm__("" : "+" TFM_ISA_VECTOR_OPERAND(v.data));
    return v;
}

namespace detail {
using words = xsimd::batch<std::uint32_t>;

inline words load_words(const bf16* pairs) noexcept
{
    return words::load_unaligned(reinterpret_cast<const std::uint32_t*>(pairs));
}
/// The floats of the same bits: the spelling of xsimd's own cast differs between releases.
inline vec as_floats(words bits) noexcept { return std::bit_cast<vec>(bits); }
} // namespace detail

/// The first of each of `lanes` pairs, widened.
inline vec load_even(const bf16* pairs) noexcept
{
    return detail::as_floats(detail::load_words(pairs) << 16);
}
/// The second of each of `lanes` pairs, widened. Loops that call this have no register to spare for
/// a mask.
inline vec load_odd(const bf16* pairs) noexcept
{
    [[maybe_unused]] constexpr std::uint32_t upper = 0xFFFF0000U;
#if defined(TFM_ISA_AVX512)
    return _mm512_castsi512_ps(_mm512_maskz_loadu_epi16(0xAAAAAAAA, pairs));
#elif TFM_ISA_HAS_AVX2
    auto words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pairs));
#if defined(__clang__)
    words = _mm256_blend_epi16(_mm256_setzero_si256(), words, 0xAA);
#else // GCC 12 would hold the zeros as it would hold a mask
    alignas(32) static constexpr std::uint32_t mask[8] = {upper, upper, upper, upper,
                                                          upper, upper, upper, upper};
    __asm__("vpand %1, %0, %0" : "+x"(words) : "m"(mask));
#endif
    return _mm256_castsi256_ps(words);
#else
    return detail::as_floats(detail::load_words(pairs) & detail::words(upper));
#endif
}
/// `lanes` integers, rounded to floats.
inline vec load_int32(const std::int32_t* from) noexcept
{
    return xsimd::to_float(xsimd::batch<std::int32_t>::load_unaligned(from));
}

/// `lanes` numbers 256 * high + low, rounded to floats: the same of equal numbers, in whichever way
/// they are parted.
inline vec load_halves(const std::int32_t* high, const std::int32_t* low) noexcept
{
    using whole = xsimd::batch<std::int32_t>;
    auto const rest = whole::load_unaligned(low);
    auto const more = whole::load_unaligned(high) + (rest >> 8);
    return fma(xsimd::to_float(more), vec(256.0F), xsimd::to_float(rest & whole(255)));
}

/// Sum of the lanes. A short register goes by way of memory: the name of xsimd's function differs
/// between releases, and a sum is taken once per row, never per element.
inline float reduce_add(vec v) noexcept
{
#if defined(TFM_ISA_AVX512)
    return _mm512_reduce_add_ps(v);
#endif
    float lanes[vec::size];
    store(lanes, v);
    float sum = 0.0F;
    for (float const lane : lanes) sum += lane;
    return sum;
}

#endif

/// Floats in one register.
inline constexpr std::size_t lanes = vec::size;

/// The same value in every lane.
inline vec broadcast(float value) noexcept { return vec(value); }

/// Reads `lanes` of bf16, widened.
inline vec load(const bf16* from) noexcept
{
#if TFM_ISA_HAS_BF16
    auto const halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
#else
    float values[lanes];
    for (std::size_t i = 0; i < lanes; ++i) values[i] = static_cast<float>(from[i]);
    return load(values);
#endif
}

/// Writes `lanes` of bf16, rounded to nearest, ties to even. (AVX512-BF16's instruction takes
/// subnormals as zero.)
inline void store(bf16* to, vec v) noexcept
{
#if TFM_ISA_HAS_BF16
    auto const rounded = std::bit_cast<__m256i>(_mm512_cvtneps_pbh(v));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded);
#else
    float values[lanes];
    store(values, v);
    for (std::size_t i = 0; i < lanes; ++i) to[i] = bf16(values[i]);
#endif
}

/// Writes the lanes of `even` and `odd` in turn, rounded.
inline void store_pairs(bf16* to, vec even, vec odd) noexcept
{
#if TFM_ISA_HAS_BF16
    auto const words = [](vec v) {
        return _mm512_cvtepu16_epi32(std::bit_cast<__m256i>(_mm512_cvtneps_pbh(v)));
    };
    _mm512_storeu_si512(to, _mm512_or_si512(words(even), _mm512_slli_epi32(words(odd), 16)));
#else
    float evens[lanes];
    float odds[lanes];
    store(evens, even);
    store(odds, odd);
    for (std::size_t i = 0; i < lanes; ++i) {
        to[2 * i] = bf16(evens[i]);
        to[2 * i + 1] = bf16(odds[i]);
    }
#endif
}

/// Largest of the lanes.
inline float reduce_max(vec v) noexcept
{
#if defined(TFM_ISA_AVX512)
    return _mm512_reduce_max_ps(v);
#endif
    float values[lanes];
    store(values, v);
    float largest = values[0];
    for (float const value : values) largest = value > largest ? value : largest;
    return largest;
}

/// Asks for the cache line at `address` to be brought to L2; harmless for any address.
inline void prefetch_to_l2(const void* address) noexcept
{
#if defined(__GNUC__)
    __builtin_prefetch(address, 0, 2);
#else
    static_cast<void>(address);
#endif
}

/// Reads the first `count` < `lanes` elements and nothing else; zeros follow them.
template <class T>
inline vec load_partial(const T* from, std::size_t count) noexcept
{
    T values[lanes] = {};
    std::memcpy(values, from, count * sizeof(T));
    return load(values);
}

/// Writes the first `count` < `lanes` lanes and nothing else.
template <class T>
inline void store_partial(T* to, vec v, std::size_t count) noexcept
{
    T values[lanes];
    store(values, v);
    std::memcpy(to, values, count * sizeof(T));
}

/// Calls `body(index, load, store)` for every register of a row of `count` elements, the last one
/// partial: `load(p)` and `store(p, v)` touch only the elements that exist at `p + index`, of
/// floats or bf16.
template <class Body>
inline void for_each_vec(std::size_t count, Body&& body)
{
    std::size_t const whole = count / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) {
        body(
            i, [](const auto* from) { return load(from); }, [](auto* to, vec v) { store(to, v); });
    }
    if (whole < count) {
        std::size_t const rest = count - whole;
        body(
            whole, [rest](const auto* from) { return load_partial(from, rest); },
            [rest](auto* to, vec v) { store_partial(to, v, rest); });
    }
}

TFM_INTRINSICS_END

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
