#pragma once

/// \file
/// The rows of ordinary tensors as kernels of rows take them: fp32 or bf16, one to four axes, the
/// last of them contiguous. What a kernel does to a row is compiled for its element types and not
/// for layouts or shapes.

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "../simd/isa.hpp"
#include "../tensor/lines.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// What kernels of rows read and write, all of which compute in fp32: `float` or `bf16`.
template <class T>
concept RowElement = std::same_as < std::remove_const_t<T>,
float > || std::same_as<std::remove_const_t<T>, bf16>;

/// Rule: a kernel of rows takes fp32 or bf16 along a contiguous axis. That a `Dense` has a stride
/// of 1 there is checked at run time.
template <class T, class L>
struct KernelRows : std::true_type {
    static_assert(RowElement<T>,
                  "tfm: this kernel takes float or tfm::bf16. Convert other elements with "
                  "tfm::copy(x, y); int8 means nothing without its scales.");
    static_assert(StridedLayout<L>,
                  "tfm: kernels take contiguous rows (RowMajor, Padded, Strided, Vec, or a Dense "
                  "whose last stride is 1): copy to RowMajor first with tfm::copy(x, y). A layout "
                  "of your own with such rows must state has_contiguous_rows.");
};

namespace detail {

/// The rows of a tensor: three axes of them, of which missing ones have the extent 1.
template <class T>
struct Rows {
    T* data;
    std::size_t width;
    std::array<std::size_t, 3> extents;
    std::array<std::size_t, 3> strides;

    std::size_t count() const noexcept { return extents[0] * extents[1] * extents[2]; }
    T* at(std::size_t first, std::size_t second, std::size_t third) const noexcept
    {
        return data + first * strides[0] + second * strides[1] + third * strides[2];
    }
};

/// The rows of `x`, which messages call `what`. Throws `tfm::Error` where they are not contiguous.
template <class T, class L>
Rows<T> rows_of(const char* kernel, const char* what, View<T, L> x)
{
    static_assert(KernelRows<T, L>::value);
    auto const all = dense(x);
    auto const& layout = all.layout();
    constexpr std::size_t rank = std::remove_cvref_t<decltype(layout)>::rank;
    require(layout.stride(rank - 1) == 1 || x.cols() <= 1, [&] {
        return std::string(kernel) + ": the elements of a row of " + what + " (" +
               tensor_detail::shape_of(x) + ") lie " + std::to_string(layout.stride(rank - 1)) +
               " apart; kernels take contiguous rows: copy to RowMajor first with tfm::copy";
    });
    Rows<T> rows{x.data(), x.cols(), {1, 1, 1}, {0, 0, 0}};
    for (std::size_t axis = 0; axis + 1 < rank; ++axis) {
        rows.extents[axis + 4 - rank] = layout.extent(axis);
        rows.strides[axis + 4 - rank] = layout.stride(axis);
    }
    return rows;
}

/// `body(index, rows...)` for each row of tensors of equally many rows; `index` counts along the
/// last axis of rows.
template <class Body, class First, class... More>
void for_each_row(Body&& body, const Rows<First>& first, const Rows<More>&... more)
{
    for (std::size_t i = 0; i < first.extents[0]; ++i) {
        for (std::size_t j = 0; j < first.extents[1]; ++j) {
            for (std::size_t k = 0; k < first.extents[2]; ++k)
                body(k, first.at(i, j, k), more.at(i, j, k)...);
        }
    }
}

/// The rows of a kernel's input and output.
template <class TX, class TO>
struct RowOperands {
    Rows<TX> x;
    Rows<TO> out;

    /// `body(x, out)` for each row.
    template <class Body>
    void for_each(Body&& body) const
    {
        for_each_row([&](std::size_t, TX* from, TO* to) { body(from, to); }, x, out);
    }
};

/// The rows of an input and an output of one shape. Throws `tfm::Error` where shapes differ.
template <class TX, class LX, class TO, class LO>
RowOperands<TX, TO> row_operands(const char* kernel, View<TX, LX> x, View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LX::cols>, OutColumns<LO::cols>>::value);
    static_assert(SameExtent<XRows<LX::rows>, OutRows<LO::rows>>::value);
    RowOperands<TX, TO> const rows{rows_of(kernel, "x", x), rows_of(kernel, "the output", out)};
    require(rows.x.width == rows.out.width && rows.x.extents == rows.out.extents, [&] {
        return std::string(kernel) + ": x is " + tensor_detail::shape_of(x) + ", the output " +
               tensor_detail::shape_of(out);
    });
    return rows;
}

/// A parameter of `width` elements, one for each column. Throws `tfm::Error` where it has others.
template <class T, class L>
const T* column_parameter(const char* kernel, const char* what, View<T, L> parameter,
                          std::size_t width)
{
    static_assert(VectorParameter<L>::value);
    static_assert(RowElement<T>, "tfm: parameters of a kernel are float or tfm::bf16.");
    require(parameter.cols() == width, [&] {
        return std::string(kernel) + ": " + what + " has " + std::to_string(parameter.cols()) +
               " elements, and the rows have " + std::to_string(width);
    });
    return parameter.data();
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
