#pragma once

/// \file
/// What this translation unit was compiled to.

#include <string_view>

#include "../version.hpp"
#include "isa.hpp"

namespace tfm {

/// See `build_info()`.
struct BuildInfo {
    std::string_view version;  ///< of the headers
    std::string_view isa;      ///< instruction set: base, bf16, int8 dot product, AMX
    std::string_view threads;  ///< "openmp" or "none"
    std::string_view compiler; ///< name and version
    std::string_view dispatch; ///< instruction set `tfm_add_dispatch` chose it for; else empty
};

inline namespace TFM_ISA_NAMESPACE {

/// The version, instruction set, threading and compiler of the calling translation unit.
/// `describe_cpu()`, and with dispatch `IsaChoice::why_not_more`, say why the instruction set is
/// not a higher one.
constexpr BuildInfo build_info() noexcept
{
    return
    {
        TFM_VERSION_STRING, simd::isa_name, TFM_HAS_OPENMP ? "openmp" : "none",
#if defined(__clang__)
            "clang " __clang_version__
#elif defined(__GNUC__)
            "gcc " __VERSION__
#else
            "unknown"
#endif
#if defined(TFM_DISPATCH_LEVEL)
            ,
            TFM_DISPATCH_LEVEL
#else
            ,
            ""
#endif
    };
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
