#pragma once

/// \file
/// The elements of a tensor under another shape, in place.

#include <cstddef>
#include <string>

#include "slices.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// "2 x 3 x 4".
template <class D>
std::string shape_text(const D& layout)
{
    std::string text;
    for (std::size_t axis = 0; axis < D::rank; ++axis)
        text += (axis == 0 ? "" : " x ") + std::to_string(layout.extent(axis));
    return text;
}

/// How many elements the extents make; `SIZE_MAX` where that is no number.
template <class D>
constexpr std::size_t element_count(const D& layout) noexcept
{
    std::size_t count = 1;
    for (std::size_t axis = 0; axis < D::rank; ++axis)
        if (layout.extent(axis) == 0) return 0;
    for (std::size_t axis = 0; axis < D::rank; ++axis) {
        if (count > SIZE_MAX / layout.extent(axis)) return SIZE_MAX;
        count *= layout.extent(axis);
    }
    return count;
}

/// Finds the strides by which the elements of `from` are those of `to` in the same order; false
/// where there are none. Both have as many elements, and some. Axes of `from` are taken from the
/// last on and split among those of `to`; where one does not divide, the next is joined to what is
/// left, which takes that it begins where that ends.
template <class From, class To>
constexpr bool find_strides(const From& from, const To& to, typename To::Sizes& strides)
{
    std::size_t next = From::rank; // axes of `from` before this one are to come
    std::size_t left = 1;          // elements, `stride` apart, of the axes taken
    std::size_t stride = 1;
    for (std::size_t axis = To::rank; axis-- > 0;) {
        std::size_t const wanted = to.extent(axis);
        strides[axis] = stride;
        while (left % wanted != 0) {
            if (next == 0) return false;
            std::size_t const taken = --next;
            if (from.extent(taken) == 1) continue;
            if (left == 1)
                strides[axis] = stride = from.stride(taken);
            else if (from.stride(taken) != stride * left)
                return false;
            left *= from.extent(taken);
        }
        left /= wanted;
        stride *= wanted;
    }
    return true;
}

} // namespace tensor_detail

/// The elements of `x` in their order under the extents of `shape`: `reshape(x, Dense<2, dyn>(2,
/// 6))` of a (3, 4) or a (12). A contiguous tensor takes any shape; of others an axis can be split,
/// or axes joined that lie behind each other in memory. Throws `tfm::Error` where the number of
/// elements differs or the memory allows no such view.
template <StridedTensor X, std::size_t... E>
View<tensor_detail::ElementIn<X>, Dense<E...>> reshape(X&& x, Dense<E...> shape)
{
    auto const all = dense(x);
    auto const& from = all.layout();
    std::size_t const count = tensor_detail::element_count(from);
    require(count == tensor_detail::element_count(shape), [&] {
        return "tfm::reshape: " + tensor_detail::shape_text(from) + " has other elements than " +
               tensor_detail::shape_text(shape);
    });
    if (count == 0) return {all.data(), shape};
    typename Dense<E...>::Sizes strides{};
    require(tensor_detail::find_strides(from, shape, strides), [&] {
        return "tfm::reshape: the elements of this " + tensor_detail::shape_text(from) +
               " do not lie so in memory that they are a " + tensor_detail::shape_text(shape) +
               ": copy them to a contiguous tensor first";
    });
    return {all.data(), Dense<E...>(shape.extents(), strides)};
}

/// All elements in one row. Throws `tfm::Error` where they are not contiguous.
template <StridedTensor X>
View<tensor_detail::ElementIn<X>, Vec<>> flatten(X&& x)
{
    auto const all = dense(x);
    std::size_t const count = tensor_detail::element_count(all.layout());
    auto const row = reshape(all, Dense<dyn>(count));
    require(count < 2 || row.layout().stride(0) == 1, [&] {
        return "tfm::flatten: the elements of this " + tensor_detail::shape_text(all.layout()) +
               " are not contiguous: copy them to a contiguous tensor first";
    });
    return {all.data(), Vec<>(count)};
}

} // namespace tfm

#include "../restore_macros.hpp"
