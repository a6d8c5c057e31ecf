#pragma once

/// \file
/// Tensors as `std::mdspan` and back, where the standard library has it (`__cpp_lib_mdspan`).
/// Nothing is copied, and extents known to the compiler stay so. The header is empty elsewhere.

#include <version>

#if defined(__cpp_lib_mdspan)

#include <array>
#include <cstddef>
#include <mdspan>
#include <utility>

#include "slices.hpp"

namespace tfm {

/// The elements of a tensor, whose axes keep their strides.
template <StridedTensor X>
constexpr auto to_mdspan(X&& x)
{
    auto const all = dense(x);
    using D = typename decltype(all)::layout_type;
    return [&]<std::size_t... Axis>(std::index_sequence<Axis...>)
    {
        using Extents = std::extents<std::size_t, D::static_extents[Axis]...>;
        std::layout_stride::mapping<Extents> const mapping(Extents(all.layout().extents()),
                                                           all.layout().strides());
        return std::mdspan<tensor_detail::ElementIn<X>, Extents, std::layout_stride>(all.data(),
                                                                                     mapping);
    }
    (std::make_index_sequence<D::rank>());
}

/// The elements of an mdspan of one to four axes whose mapping has strides, as `layout_right`,
/// `layout_left` and `layout_stride` do.
template <class T, class Index, std::size_t... E, class Mapping>
requires(std::mdspan<T, std::extents<Index, E...>, Mapping>::is_always_strided()) //
    constexpr View<T, Dense<E...>> to_view(std::mdspan<T, std::extents<Index, E...>, Mapping> x)
{
    typename Dense<E...>::Sizes extents{};
    typename Dense<E...>::Sizes strides{};
    for (std::size_t axis = 0; axis < sizeof...(E); ++axis) {
        extents[axis] = static_cast<std::size_t>(x.extent(axis));
        strides[axis] = static_cast<std::size_t>(x.stride(axis));
    }
    return {x.data_handle(), Dense<E...>(extents, strides)};
}

} // namespace tfm

#endif
