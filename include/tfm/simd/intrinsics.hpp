#pragma once

/// \file
/// The compiler's own intrinsics, for the few instructions that xsimd does not have.

#include "isa.hpp"

#if TFM_ISA_HAS_AVX2 || TFM_ISA_HAS_BF16 || TFM_ISA_HAS_AVX512_VNNI
// GCC 12's own AVX-512 intrinsics begin with `__m512i y = y;` and are warned of wherever they are
// inlined (GCC bug 105593), in code of ours that is none the worse for it.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#endif

#if TFM_ISA_HAS_NEON_BF16 || TFM_ISA_HAS_NEON_DOTPROD
#include <arm_neon.h>
#endif
