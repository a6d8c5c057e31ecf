#pragma once

/// \file
/// Element by element: fill, copy, map, arithmetic; joined and gathered rows. Tensors and views of
/// any layout and element type are taken, of equal shapes; an output may be one of the inputs.
/// All throw `tfm::Error` where shapes differ.

#include <cstddef>
#include <span>
#include <string>

#include "convert.hpp"
#include "lines.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Every element = `value`, converted as `convert` does.
template <WritableTensor X, class T>
void fill(X&& x, T value)
{
    using namespace tensor_detail;
    auto const to = convert<ValueOf<X>>(value);
    for_each_line([&](std::size_t count,
                      auto line) { for_each_index(count, [=](std::size_t i) { line[i] = to; }); },
                  view_of(x));
}

/// out(...) = f(x(...)), converted as `convert` does. `f` takes what an element is computed with: a
/// float for a bf16, an integer that holds any product for an integer.
template <TensorLike X, WritableTensor Out, class F>
void map(X&& x, Out&& out, F&& f)
{
    using namespace tensor_detail;
    require_same_shape("map", view_of(x), view_of(out));
    for_each_line(
        [&](std::size_t count, auto from, auto to) {
            for_each_index(count, [&, from, to](std::size_t i) {
                to[i] = convert<ValueOf<Out>>(f(widen(from[i])));
            });
        },
        view_of(x), view_of(out));
}

/// out(...) = f(a(...), b(...)), as `map` has it; an integer beside a floating-point
/// number is a double.
template <TensorLike A, TensorLike B, WritableTensor Out, class F>
void zip(A&& a, B&& b, Out&& out, F&& f)
{
    using namespace tensor_detail;
    require_same_shape("zip", view_of(a), view_of(b));
    require_same_shape("zip", view_of(a), view_of(out));
    for_each_line(
        [&](std::size_t count, auto left, auto right, auto to) {
            for_each_index(count, [&, left, right, to](std::size_t i) {
                to[i] = convert<ValueOf<Out>>(
                    f(widen_beside<ValueOf<B>>(left[i]), widen_beside<ValueOf<A>>(right[i])));
            });
        },
        view_of(a), view_of(b), view_of(out));
}

/// out = x in another layout, another element type, or both.
template <TensorLike X, WritableTensor Out>
void copy(X&& x, Out&& out)
{
    using namespace tensor_detail;
    require_same_shape("copy", view_of(x), view_of(out));
    for_each_line(
        [&](std::size_t count, auto from, auto to) {
            for_each_index(count, [=](std::size_t i) { to[i] = convert<ValueOf<Out>>(from[i]); });
        },
        view_of(x), view_of(out));
}

/// out = a + b.
template <TensorLike A, TensorLike B, WritableTensor Out>
void add(A&& a, B&& b, Out&& out)
{
    zip(a, b, out, [](auto x, auto y) { return x + y; });
}

/// out = a - b.
template <TensorLike A, TensorLike B, WritableTensor Out>
void sub(A&& a, B&& b, Out&& out)
{
    zip(a, b, out, [](auto x, auto y) { return x - y; });
}

/// out = a * b, element by element.
template <TensorLike A, TensorLike B, WritableTensor Out>
void mul(A&& a, B&& b, Out&& out)
{
    zip(a, b, out, [](auto x, auto y) { return x * y; });
}

/// out = factor * x.
template <TensorLike X, WritableTensor Out>
void scale(X&& x, float factor, Out&& out)
{
    map(x, out, [=](auto value) { return tensor_detail::widen_beside<float>(value) * factor; });
}

/// out = the rows of `parts`, one after the other.
template <WritableTensor Out, TensorLike... Parts>
void concat_rows(Out&& out, Parts&&... parts)
{
    using namespace tensor_detail;
    std::size_t first = 0;
    require((view_of(parts).rows() + ... + 0) == view_of(out).rows(), [&] {
        return "tfm::concat_rows: the parts have " +
               std::to_string((view_of(parts).rows() + ... + 0)) + " rows, the output " +
               std::to_string(view_of(out).rows());
    });
    auto const append = [&](auto part) {
        copy(part, slice<0>(view_of(out), first, part.rows()));
        first += part.rows();
    };
    (append(view_of(parts)), ...);
}

/// out row i = x row indices[i]. Throws `tfm::Error` for an index that is none of a row.
template <TensorLike X, class Index, std::size_t N, WritableTensor Out>
void gather_rows(X&& x, std::span<Index, N> indices, Out&& out)
{
    using namespace tensor_detail;
    auto const from = view_of(x);
    auto const to = view_of(out);
    require(to.rows() == indices.size(), [&] {
        return "tfm::gather_rows: " + std::to_string(indices.size()) +
               " indices for an output of " + std::to_string(to.rows()) + " rows";
    });
    for (auto const index : indices) {
        // A negative index becomes one that is too large.
        require(static_cast<std::size_t>(index) < from.rows(), [&] {
            return "tfm::gather_rows: there is no row " + std::to_string(index) + " of " +
                   std::to_string(from.rows());
        });
    }
    for (std::size_t i = 0; i < indices.size(); ++i)
        copy(slice<0>(from, static_cast<std::size_t>(indices[i]), 1), slice<0>(to, i, 1));
}

} // namespace tfm

#include "../restore_macros.hpp"
