#pragma once

/// \file
/// The compiler's own intrinsics, for the few instructions that xsimd does not have.

#include "isa.hpp"

#if TFM_ISA_HAS_AVX2 || TFM_ISA_HAS_BF16 || TFM_ISA_HAS_AVX512_VNNI
#include <immintrin.h>
#elif TFM_ISA_HAS_NEON_BF16 || TFM_ISA_HAS_NEON_DOTPROD
#include <arm_neon.h>
#endif

/// These macros stand around functions that call intrinsics, by way of xsimd too. GCC 12's own
/// AVX-512 intrinsics begin with `__m512i __Y = __Y;`, and the compiler warns of that wherever they
/// are inlined (GCC bug 105593). The compiler's header is no place for the pragmas, because users
/// may have included it before.
#if defined(__GNUC__) && !defined(__clang__)
#define TFM_INTRINSICS_BEGIN                                                                       \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"")           \
        _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#define TFM_INTRINSICS_END _Pragma("GCC diagnostic pop")
#else
#define TFM_INTRINSICS_BEGIN
#define TFM_INTRINSICS_END
#endif
