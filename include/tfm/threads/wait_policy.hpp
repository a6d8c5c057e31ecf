#pragma once

/// \file
/// How long a waiting thread keeps its core.

#include <cstdlib>
#include <limits>
#include <string_view>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Nanoseconds for which a thread watches for what it waits for, before it sleeps: longer than
/// threads with equal shares differ, than a sampler takes between two passes, and than waking a
/// thread takes. It is lost each time that the awaited thread is off its core.
inline constexpr long usual_spin_ns = 200'000;

/// Whether `text` is `lower_case`, in letters of any case.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower_case) noexcept
{
    if (text.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const is_upper = text[i] >= 'A' && text[i] <= 'Z';
        if ((is_upper ? text[i] - 'A' + 'a' : text[i]) != lower_case[i]) return false;
    }
    return true;
}

/// What a value of `OMP_WAIT_POLICY` asks for: `passive` to sleep at once, `active` never to.
constexpr long spin_ns_named(std::string_view policy) noexcept
{
    if (equals_ignoring_case(policy, "passive")) return 0;
    if (equals_ignoring_case(policy, "active")) return std::numeric_limits<long>::max();
    return usual_spin_ns;
}

/// What the environment of this process asks for.
inline long spin_ns_of_process() noexcept
{
    static long const spin_ns = [] {
        const char* const policy = std::getenv("OMP_WAIT_POLICY");
        return spin_ns_named(policy == nullptr ? "" : policy);
    }();
    return spin_ns;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
