#pragma once

/// \file
/// The instruction sets that a program may be compiled for, and which of them a CPU runs.

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "cpu_features.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// A function table and the instruction set it was compiled for.
struct IsaCandidate {
    std::string_view level; ///< a name of `isa_levels`
    const void* table;      ///< the level's functions
};

/// What was chosen, and why it is not more.
struct IsaChoice {
    std::string_view level;   ///< a name of `isa_levels`
    const void* table;        ///< its functions
    std::string why_not_more; ///< empty where nothing higher was compiled
};

inline namespace TFM_ISA_NAMESPACE {

/// An instruction set and what its code takes for granted.
struct IsaLevel {
    std::string_view name; ///< as `tfm_add_dispatch` and TFM_MAX_ISA spell it
    CpuFeatures needs;     ///< without which its code must not run
};

namespace dispatch_detail {

inline constexpr CpuFeatures x86_64{"sse2"};
inline constexpr CpuFeatures x86_64_v2 =
    x86_64 + CpuFeatures{"pni", "ssse3", "cx16", "sse4_1", "sse4_2", "popcnt", "lahf_lm"};
inline constexpr CpuFeatures x86_64_v3 =
    x86_64_v2 + CpuFeatures{"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"};
inline constexpr CpuFeatures x86_64_v4 =
    x86_64_v3 + CpuFeatures{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
inline constexpr CpuFeatures x86_64_v4_bf16 = x86_64_v4 + CpuFeatures{"avx512_vnni", "avx512_bf16"};
inline constexpr CpuFeatures sapphirerapids =
    x86_64_v4_bf16 + CpuFeatures{"avx_vnni",     "gfni",          "avx512ifma",       "avx512vbmi",
                                 "avx512_vbmi2", "avx512_bitalg", "avx512_vpopcntdq", "avx512_fp16",
                                 "amx_tile",     "amx_int8",      "amx_bf16"};

} // namespace dispatch_detail

/// Lowest first; each needs what those before it need. `baseline` is what the compiler makes
/// without a flag, `x86-64-v4-bf16` is x86-64-v4 with VNNI and bf16 products (Cooper Lake, Zen 4),
/// and `sapphirerapids` also has AMX.
inline constexpr std::array isa_levels{
    IsaLevel{"baseline", {}},
    IsaLevel{"x86-64", dispatch_detail::x86_64},
    IsaLevel{"x86-64-v2", dispatch_detail::x86_64_v2},
    IsaLevel{"x86-64-v3", dispatch_detail::x86_64_v3},
    IsaLevel{"x86-64-v4", dispatch_detail::x86_64_v4},
    IsaLevel{"x86-64-v4-bf16", dispatch_detail::x86_64_v4_bf16},
    IsaLevel{"sapphirerapids", dispatch_detail::sapphirerapids},
};

/// The highest of the candidates that the CPU runs and that is not above `max_level` (empty: any).
/// `allow_amx` asks the system for AMX, and is called only where all else is there.
/// Throws `tfm::Error` when no candidate is left, or when there is no level of the name
/// `max_level`.
inline IsaChoice choose_isa(std::span<const IsaCandidate> candidates, CpuFeatures cpu,
                            std::string_view max_level, bool (*allow_amx)())
{
    auto const cap = std::find_if(isa_levels.begin(), isa_levels.end(),
                                  [&](const IsaLevel& level) { return level.name == max_level; });
    if (!max_level.empty() && cap == isa_levels.end()) {
        std::string known;
        for (const IsaLevel& level : isa_levels) known.append(" ").append(level.name);
        fail("TFM_MAX_ISA: expected one of" + known + "; found " +
             TFM_BUILD_NAMESPACE::detail::in_quotes(max_level));
    }
    IsaChoice choice{"", nullptr, ""};
    CpuFeatures told;
    for (auto level = isa_levels.begin(); level != isa_levels.end(); ++level) {
        auto const candidate =
            std::find_if(candidates.begin(), candidates.end(),
                         [&](const IsaCandidate& offered) { return offered.level == level->name; });
        if (candidate == candidates.end()) continue;
        std::string reason;
        CpuFeatures const missing = level->needs - cpu;
        if (level > cap) {
            reason = "TFM_MAX_ISA is " + std::string(max_level);
        } else if (!missing.empty()) {
            CpuFeatures const untold = missing - told;
            reason = "this CPU or system lacks " + (untold.empty() ? missing : untold).names();
            told = missing;
        } else if (level->needs.has("amx_tile") && !allow_amx()) {
            reason = "the system does not permit AMX";
        } else {
            choice = {level->name, candidate->table, ""};
            continue;
        }
        choice.why_not_more.append(choice.why_not_more.empty() ? "not " : "; not ")
            .append(level->name)
            .append(": ")
            .append(reason);
    }
    require(choice.table != nullptr,
            [&] { return "tfm: this program has no code for this CPU: " + choice.why_not_more; });
    return choice;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
