#pragma once

/// \file
/// A caller's rows of floats, checked and without their type.

#include <cstddef>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "../tensor/concepts.hpp"
#include "../tensor/lines.hpp"
#include "shape_rules.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Rule: what a block or a layer computes with are rows of floats.
template <class T, class L>
struct RowsOfFloats : std::true_type {
    static_assert(RowsOfElements<L>::value);
    static_assert(Fp32<T>, "tfm: blocks and layers read and write rows of floats, whatever their "
                           "weights are stored in. Convert with tfm::copy(x, floats) first.");
};

namespace detail {

using InputRows = View<const float, Strided<>>;
using OutputRows = View<float, Strided<>>;

/// A caller's rows without their type, which must be of `Columns` floats where both are numbers.
template <std::size_t Columns, TensorLike X>
InputRows input_rows(const X& x)
{
    auto const view = tensor_detail::view_of(x);
    using V = std::remove_const_t<decltype(view)>;
    static_assert(RowsOfFloats<typename V::element_type, typename V::layout_type>::value);
    static_assert(SameExtent<XColumns<V::layout_type::cols>, Width<Columns>>::value);
    return {view.data(), {view.rows(), view.cols(), view.row_stride()}};
}

/// The same of rows to write.
template <std::size_t Columns, TensorLike Out>
OutputRows output_rows(Out&& out)
{
    auto const view = tensor_detail::view_of(out);
    using V = std::remove_const_t<decltype(view)>;
    static_assert(WritableOutput<typename V::element_type>::value);
    static_assert(RowsOfFloats<typename V::element_type, typename V::layout_type>::value);
    static_assert(SameExtent<OutColumns<V::layout_type::cols>, Width<Columns>>::value);
    return {view.data(), {view.rows(), view.cols(), view.row_stride()}};
}

/// Fails unless x is (n, inputs) and out (n, outputs).
inline void check_rows(const char* who, InputRows x, std::size_t inputs, OutputRows out,
                       std::size_t outputs)
{
    require(x.cols() == inputs && out.cols() == outputs && x.rows() == out.rows(), [&] {
        auto const text = [](std::size_t rows, std::size_t cols) {
            return std::to_string(rows) + " x " + std::to_string(cols);
        };
        return std::string(who) + "::forward: x is " + text(x.rows(), x.cols()) +
               " and the output " + text(out.rows(), out.cols()) + "; expected " +
               std::to_string(inputs) + " and " + std::to_string(outputs) +
               " columns, and as many rows";
    });
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
