#pragma once

/// \file
/// The one sort of everything that is ordered while files are read. An instantiation of `std::sort`
/// costs a compiler some 30 ms and one of `std::ranges::sort` twice as much, in each unit that
/// includes it, used or not; a comparison through a pointer costs nothing that reading would show.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "config.hpp"
#include "function_ref.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The numbers 0 to `count` - 1, sorted: `goes_before(a, b)` says whether item `a` is before item
/// `b`. Items that it does not tell apart keep their order.
inline std::vector<std::size_t>
sorted_places(std::size_t count, FunctionRef<bool(std::size_t, std::size_t)> goes_before)
{
    std::vector<std::size_t> places(count);
    for (std::size_t i = 0; i < count; ++i) places[i] = i;
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
        return goes_before(a, b) || (a < b && !goes_before(b, a));
    });
    return places;
}

/// Moves the items of a vector into the order of `places`, each of which is there once.
template <class Item>
void put_in_order(std::vector<Item>& items, const std::vector<std::size_t>& places)
{
    std::vector<Item> ordered;
    ordered.reserve(items.size());
    for (std::size_t const place : places) ordered.push_back(std::move(items[place]));
    items = std::move(ordered);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
