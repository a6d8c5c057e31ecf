#pragma once

/// \file
/// Run-time dispatch: one program with code for several instruction sets, of which it takes the
/// best that its CPU runs. CMake's `tfm_add_dispatch` compiles the user's unit once per instruction
/// set; docs/dispatch.md shows how. This header is the part that C++ sees.

#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>

#include "dispatch/cpu_features.hpp"
#include "dispatch/isa_choice.hpp"

#if TFM_HAS_CPUID && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Asks Linux for the use of AMX tiles in this process; needed once, before the first tile.
inline bool request_amx() noexcept
{
#if TFM_HAS_CPUID && defined(__linux__)
    constexpr long arch_req_xcomp_perm = 0x1023;
    constexpr long tile_data = 18;
    return ::syscall(SYS_arch_prctl, arch_req_xcomp_perm, tile_data) == 0;
#else
    return false;
#endif
}

/// The best of the candidates for this process: by its CPU, its system, and the environment
/// variable TFM_MAX_ISA, which names the highest level to use. Throws `tfm::Error` as `choose_isa`
/// does.
inline IsaChoice choose_isa(std::span<const IsaCandidate> candidates)
{
    const char* const cap = std::getenv("TFM_MAX_ISA");
    return choose_isa(candidates, cpu_features(), cap == nullptr ? "" : cap, &request_amx);
}

/// The highest instruction set that this machine runs, of those tfm knows by name, and what keeps
/// it from the next, as in "x86-64-v3; not x86-64-v4: this CPU or system lacks avx512f, ...".
/// Changes nothing: whether the system permits AMX is not asked.
inline std::string describe_cpu()
{
#if TFM_HAS_CPUID
    std::array<IsaCandidate, isa_levels.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = {isa_levels[i].name, &isa_levels[i]};
    IsaChoice const best = choose_isa(all, cpu_features(), "", [] { return true; });
    std::string text(best.level);
    if (!best.why_not_more.empty())
        text += "; " + best.why_not_more.substr(0, best.why_not_more.find("; "));
    return text;
#else
    return "baseline";
#endif
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

/// Declares `const Table& name()`, the function table for this process's CPU, chosen at the first
/// call, and `const tfm::IsaChoice& name_choice()`, what was chosen and why. Stands in a header
/// that both sides include. The types that Table names must not depend on an instruction set: std
/// types and the user's own, not `tfm::Decoder`.
#define TFM_DISPATCH(Table, name)                                                                  \
    extern "C" const ::tfm::IsaChoice* tfm_dispatch_##name();                                      \
    inline const ::tfm::IsaChoice& name##_choice() { return *tfm_dispatch_##name(); }              \
    inline const Table& name() { return *static_cast<const Table*>(name##_choice().table); }

/// Defines the function table of one instruction set, in the unit that is compiled for each:
/// `TFM_DISPATCH_TABLE(Table, name) = {first_function, second_function};`
#define TFM_DISPATCH_TABLE(Table, name) TFM_DISPATCH_TABLE_OF(Table, name, TFM_DISPATCH_SUFFIX)
#define TFM_DISPATCH_TABLE_OF(Table, name, suffix) TFM_DISPATCH_TABLE_AS(Table, name, suffix)
#define TFM_DISPATCH_TABLE_AS(Table, name, suffix)                                                 \
    extern "C" const Table tfm_dispatch_##name##_##suffix;                                         \
    const Table tfm_dispatch_##name##_##suffix

// What `tfm_add_dispatch` sets; a unit compiled without it is nobody's candidate.
#if !defined(TFM_DISPATCH_SUFFIX)
#define TFM_DISPATCH_SUFFIX undispatched
#endif
