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

/// Nanoseconds for which a thread watches for what it waits for, before it sleeps.
struct WaitPolicy {
    /// At a barrier: longer than threads with equal shares differ, and than waking one takes. It is
    /// lost each time that the awaited thread is off its core.
    long barrier_ns = 50'000;
    /// For the next region: what a sampler takes between two tokens.
    long region_ns = 200'000;
};

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
constexpr WaitPolicy wait_policy_named(std::string_view value) noexcept
{
    constexpr long forever = std::numeric_limits<long>::max();
    if (equals_ignoring_case(value, "passive")) return {0, 0};
    if (equals_ignoring_case(value, "active")) return {forever, forever};
    return {};
}

/// What the environment of this process asks for.
inline const WaitPolicy& wait_policy() noexcept
{
    static WaitPolicy const policy = [] {
        const char* const value = std::getenv("OMP_WAIT_POLICY");
        return wait_policy_named(value == nullptr ? "" : value);
    }();
    return policy;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
