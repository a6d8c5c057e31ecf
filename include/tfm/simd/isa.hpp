#pragma once

/// \file
/// The instruction set this translation unit is compiled for. This file is the only reader of the
/// compiler's ISA macros: everything else asks the constants and macros defined here.
///
/// `TFM_ISA_HAS_...` are 0 or 1, for code with instructions of its own.
/// `TFM_FORCE_SCALAR` (user-defined) compiles the portable one-lane code whatever the CPU has.

#include <cstddef>
#include <string_view>

#include "../config.hpp"

#if defined(TFM_FORCE_SCALAR)
#define TFM_ISA_BASE scalar
#elif defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) &&                    \
    defined(__AVX512VL__)
#define TFM_ISA_BASE avx512
#define TFM_ISA_AVX512 1
#elif defined(__AVX2__) && defined(__FMA__)
#define TFM_ISA_BASE avx2
#elif defined(__AVX__)
#define TFM_ISA_BASE avx
#elif defined(__SSE4_2__)
#define TFM_ISA_BASE sse4
#elif defined(__SSE2__)
#define TFM_ISA_BASE sse2
#elif defined(__aarch64__) && defined(__ARM_NEON)
#define TFM_ISA_BASE neon64
#define TFM_ISA_NEON64 1
#elif defined(__ARM_NEON)
#define TFM_ISA_BASE neon
#else
#define TFM_ISA_BASE generic
#endif

/// Integer instructions on 256 bits at least.
#if defined(__AVX2__) && !defined(TFM_FORCE_SCALAR)
#define TFM_ISA_HAS_AVX2 1
#else
#define TFM_ISA_HAS_AVX2 0
#endif

/// A product and a sum in one instruction, which compilers make of the two where they may.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define TFM_ISA_HAS_FMA 1
#else
#define TFM_ISA_HAS_FMA 0
#endif

/// Dot products of pairs of bf16: AVX512-BF16's `HAS_BF16`, or 64-bit Arm's `HAS_NEON_BF16`.
#if defined(TFM_ISA_AVX512) && defined(__AVX512BF16__)
#define TFM_ISA_BF16 bf16
#define TFM_ISA_HAS_BF16 1
#define TFM_ISA_HAS_NEON_BF16 0
#elif defined(TFM_ISA_NEON64) && defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#define TFM_ISA_BF16 bf16
#define TFM_ISA_HAS_BF16 0
#define TFM_ISA_HAS_NEON_BF16 1
#else
#define TFM_ISA_BF16 nobf16
#define TFM_ISA_HAS_BF16 0
#define TFM_ISA_HAS_NEON_BF16 0
#endif

/// Dot products of quadruples of int8.
#if defined(TFM_ISA_AVX512) && defined(__AVX512VNNI__)
#define TFM_ISA_VNNI vnni
#define TFM_ISA_HAS_AVX512_VNNI 1
#define TFM_ISA_HAS_AVX_VNNI 0
#define TFM_ISA_HAS_NEON_DOTPROD 0
#elif TFM_ISA_HAS_AVX2 && defined(__AVXVNNI__)
#define TFM_ISA_VNNI avxvnni
#define TFM_ISA_HAS_AVX512_VNNI 0
#define TFM_ISA_HAS_AVX_VNNI 1
#define TFM_ISA_HAS_NEON_DOTPROD 0
#elif defined(TFM_ISA_NEON64) && defined(__ARM_FEATURE_DOTPROD)
#define TFM_ISA_VNNI dotprod
#define TFM_ISA_HAS_AVX512_VNNI 0
#define TFM_ISA_HAS_AVX_VNNI 0
#define TFM_ISA_HAS_NEON_DOTPROD 1
#else
#define TFM_ISA_VNNI novnni
#define TFM_ISA_HAS_AVX512_VNNI 0
#define TFM_ISA_HAS_AVX_VNNI 0
#define TFM_ISA_HAS_NEON_DOTPROD 0
#endif

// Wherever there is AMX there are AVX512-BF16 and VNNI, and the kernels for few rows rely on both.
// Clang before 15 spells these macros without the inner underscores.
#if ((defined(__AMX_TILE__) && defined(__AMX_INT8__) && defined(__AMX_BF16__)) ||                  \
     (defined(__AMXTILE__) && defined(__AMXINT8__) && defined(__AMXBF16__))) &&                    \
    TFM_ISA_HAS_BF16 && TFM_ISA_HAS_AVX512_VNNI
#define TFM_ISA_AMX amx
#define TFM_ISA_HAS_AMX 1
#else
#define TFM_ISA_AMX noamx
#define TFM_ISA_HAS_AMX 0
#endif

/// Where inline assembly takes a vector: in a register, where this file knows what its kind is
/// called.
#if defined(TFM_ISA_AVX512)
#define TFM_ISA_VECTOR_OPERAND "v"
#elif defined(__SSE2__)
#define TFM_ISA_VECTOR_OPERAND "x"
#elif defined(__ARM_NEON)
#define TFM_ISA_VECTOR_OPERAND "w"
#else
#define TFM_ISA_VECTOR_OPERAND "m"
#endif

#define TFM_JOIN5_EXPANDED(a, b, c, d, e) a##_##b##_##c##_##d##_##e
#define TFM_JOIN5(a, b, c, d, e) TFM_JOIN5_EXPANDED(a, b, c, d, e)
#define TFM_STRING_EXPANDED(a) #a
#define TFM_STRING(a) TFM_STRING_EXPANDED(a)

/// Inline namespace of everything whose code depends on the instruction set: the whole feature set
/// and the build switches are in its name, so objects built with different -march link together.
#define TFM_ISA_NAMESPACE                                                                          \
    TFM_JOIN5(TFM_ISA_BASE, TFM_ISA_BF16, TFM_ISA_VNNI, TFM_ISA_AMX, TFM_BUILD_NAMESPACE)

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// The compiled instruction set and build switches, for `build_info()` and logs.
inline constexpr std::string_view isa_name = TFM_STRING(TFM_ISA_BASE) "_" TFM_STRING(
    TFM_ISA_BF16) "_" TFM_STRING(TFM_ISA_VNNI) "_" TFM_STRING(TFM_ISA_AMX);

/// Vector registers the compiler may use, which bounds the register tiles of the atoms.
#if defined(TFM_ISA_AVX512) || defined(__aarch64__)
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_registers = 16;
#endif

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
