#pragma once

/// \file
/// Between the bytes of a file and a tensor of whatever layout and element type.

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../tensor/algorithms.hpp"
#include "../tensor/tensor.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

static_assert(std::endian::native == std::endian::little, "tfm: files are little-endian.");

/// "2 x 3".
inline std::string extents_text(std::span<const std::size_t> extents)
{
    std::string text;
    for (std::size_t const extent : extents)
        text += (text.empty() ? "" : " x ") + std::to_string(extent);
    return text.empty() ? "a scalar" : text;
}

/// The static extents of a layout, axis by axis.
template <Layout L>
constexpr std::array<std::size_t, L::rank> static_extents_of() noexcept
{
    if constexpr (DenseLayout<L>)
        return L::static_extents;
    else if constexpr (L::rank == 1)
        return {L::cols};
    else
        return {L::rows, L::cols};
}

/// A layout of the extents that a file states. Throws `tfm::Error` where L has others; `where`
/// names file and tensor.
template <Layout L>
L layout_of(std::span<const std::size_t> extents, const std::string& where)
{
    constexpr auto stated = static_extents_of<L>();
    bool fits = extents.size() == L::rank;
    for (std::size_t axis = 0; fits && axis < L::rank; ++axis)
        fits = stated[axis] == dyn || stated[axis] == extents[axis];
    require(fits, [&] {
        std::string wanted;
        for (std::size_t const extent : stated)
            wanted += (wanted.empty() ? "" : " x ") +
                      (extent == dyn ? std::string("any") : std::to_string(extent));
        return where + ": expected " + wanted + ", found " + extents_text(extents);
    });
    if constexpr (std::is_empty_v<L>) {
        return L();
    } else {
        return [&]<std::size_t... Axis>(std::index_sequence<Axis...>)
        {
            static_assert(std::is_constructible_v<L, decltype(extents[Axis])...>,
                          "tfm: a tensor that is loaded has a layout made of its extents alone.");
            return L(extents[Axis]...);
        }
        (std::make_index_sequence<L::rank>());
    }
}

/// `use(std::type_identity<T>())` of what tensors hold for `dtype`; false where they hold none.
template <class Use>
bool with_element(FileDType dtype, Use&& use)
{
    bool found = false;
    auto const try_type = [&]<class T>(std::type_identity<T> type) {
        if (file_dtype_of<T> != dtype) return;
        found = true;
        use(type);
    };
    try_type(std::type_identity<float>());
    try_type(std::type_identity<bf16>());
    try_type(std::type_identity<double>());
    try_type(std::type_identity<std::int8_t>());
    try_type(std::type_identity<std::uint8_t>());
    try_type(std::type_identity<std::int32_t>());
    return found;
}

/// A tensor of a file's elements, converted as `convert` does. In Fortran's order the first axis is
/// the fastest. `bytes` has as many as the extents need.
template <Element T, Layout L>
Tensor<T, L> tensor_of_bytes(std::span<const std::byte> bytes, FileDType dtype,
                             std::span<const std::size_t> extents, bool fortran_order,
                             const std::string& where)
{
    Tensor<T, L> result(layout_of<L>(extents, where));
    bool const known = with_element(dtype, [&]<class From>(std::type_identity<From>) {
        using Axes = std::array<std::size_t, L::rank>;
        Tensor<From, Vec<>> raw(Vec<>(bytes.size() / sizeof(From)));
        if (!bytes.empty()) std::memcpy(raw.data(), bytes.data(), raw.size_bytes());
        Axes shape{};
        Axes strides{};
        std::size_t stride = 1;
        for (std::size_t i = 0; i < L::rank; ++i) {
            std::size_t const axis = fortran_order ? i : L::rank - 1 - i;
            shape[axis] = extents[axis];
            strides[axis] = stride;
            stride *= extents[axis];
        }
        using D = tensor_detail::DynDense<L::rank>;
        copy(View<From, D>(raw.data(), D(shape, strides)), result);
    });
    require(known, [&] {
        return where + ": elements of type " + std::string(name(dtype)) +
               " cannot be read into a tensor";
    });
    return result;
}

/// The elements, the last axis fastest, without gaps.
template <class T, class L>
auto contiguous_copy(View<T, L> x)
{
    using D = tensor_detail::DynDense<L::rank>;
    return [&]<std::size_t... Axis>(std::index_sequence<Axis...>)
    {
        Tensor<std::remove_const_t<T>, D> result(D(x.extent(Axis)...));
        copy(x, result);
        return result;
    }
    (std::make_index_sequence<L::rank>());
}

template <class T>
std::span<const std::byte> bytes_of_elements(const T* data, std::size_t count) noexcept
{
    return std::as_bytes(std::span(data, count));
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
