#pragma once

/// \file
/// Sums, means, norms and greatest elements: of all, or of each row. Sums run in an order of their
/// own, the same whatever the instruction set.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "convert.hpp"
#include "lines.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// Sums are exact for integers, doubles otherwise.
template <class T>
using SumOf = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;

/// Joins the first 2 `Width` lanes to one, the first. Each loop has its own count, known to the
/// compiler.
template <std::size_t Width, class Value, class Join>
void join_lanes(Value* lanes, Join&& join)
{
    for (std::size_t lane = 0; lane < Width; ++lane)
        lanes[lane] = join(lanes[lane], lanes[lane + Width]);
    if constexpr (Width > 1) join_lanes<Width / 2>(lanes, join);
}

/// join(...join(join(none, term(0)), term(1))..., term(count - 1)) in another order: in lanes that
/// do not wait for each other, which is what lets a compiler vectorise it, and of four terms at a
/// time, which leaves a fourth of the reads and writes where it keeps the lanes in memory.
template <class Value, class Term, class Join>
Value joined(std::size_t count, Value none, Term&& term, Join&& join)
{
    constexpr std::size_t lanes = 64;
    Value partial[lanes];
    for (Value& value : partial) value = none;
    std::size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::size_t const at = i + lane;
            Value const one = join(term(at), term(at + lanes));
            Value const other = join(term(at + 2 * lanes), term(at + 3 * lanes));
            partial[lane] = join(partial[lane], join(one, other));
        }
    for (; i + lanes <= count; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane)
            partial[lane] = join(partial[lane], term(i + lane));
    for (std::size_t lane = 0; i + lane < count; ++lane)
        partial[lane] = join(partial[lane], term(i + lane));
    join_lanes<lanes / 2>(partial, join);
    return partial[0];
}

/// The sum of term(0), term(1), .... Floats pass into a double some thousands at a time, before
/// errors can add up.
template <class Sum, class Term>
Sum sum_of(std::size_t count, Term&& term)
{
    using Value = decltype(term(std::size_t{0}) + term(std::size_t{0}));
    constexpr std::size_t block = 4096;
    Sum total{};
    for (std::size_t first = 0; first < count; first += block) {
        total += static_cast<Sum>(joined(
            count - first < block ? count - first : block, Value{},
            [&](std::size_t i) { return static_cast<Value>(term(first + i)); },
            [](Value a, Value b) { return static_cast<Value>(a + b); }));
    }
    return total;
}

/// The greater of two; NaN is greater than any number, as numpy and PyTorch have it.
inline constexpr auto greater_of = [](auto a, auto b) { return b > a || b != b ? b : a; };

/// The greatest of a line's elements, of which there is one at least. A comparison that heeds NaN
/// takes four instructions; one that does not, and a sum, which tells that there may be one, two.
template <class Line>
auto max_of(std::size_t count, Line line)
{
    using Value = decltype(widen(line[0]));
    constexpr std::size_t lanes = 32;
    auto const at = [=](std::size_t i) { return widen(line[i]); };
    auto const greater = [](Value a, Value b) { return b > a ? b : a; };
    auto const sum = [](Value a, Value b) {
        return std::is_floating_point_v<Value> ? static_cast<Value>(a + b) : Value{};
    };
    Value most[lanes];
    Value total[lanes]{};
    for (Value& value : most) value = at(0);
    std::size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            Value const a = at(i + lane);
            Value const b = at(i + lane + lanes);
            Value const c = at(i + lane + 2 * lanes);
            Value const d = at(i + lane + 3 * lanes);
            most[lane] = greater(most[lane], greater(greater(a, b), greater(c, d)));
            total[lane] = sum(total[lane], sum(sum(a, b), sum(c, d)));
        }
    for (; i < count; ++i) {
        most[i % lanes] = greater(most[i % lanes], at(i));
        total[i % lanes] = sum(total[i % lanes], at(i));
    }
    join_lanes<lanes / 2>(most, greater);
    join_lanes<lanes / 2>(total, sum);
    return total[0] == total[0] ? most[0] : joined(count, at(0), at, greater_of);
}

/// The first place of which `is_wanted(place)` is true; there is one. Blocks without one are passed
/// over in a loop that a compiler vectorises.
template <class Wanted>
std::size_t first_place(std::size_t count, Wanted&& is_wanted)
{
    constexpr std::size_t block = 64;
    std::size_t i = 0;
    for (; i + block <= count; i += block) {
        int found = 0;
        for (std::size_t j = 0; j < block; ++j) found |= is_wanted(i + j) ? 1 : 0;
        if (found != 0) break;
    }
    while (!is_wanted(i)) ++i;
    return i;
}

/// The place of the first of the greatest elements.
template <class Line>
std::size_t place_of_max(std::size_t count, Line line)
{
    auto const most = max_of(count, line);
    if (most != most)
        return first_place(count, [&](std::size_t i) { return widen(line[i]) != widen(line[i]); });
    return first_place(count, [&](std::size_t i) { return widen(line[i]) == most; });
}

/// `out(row) = reduced(count, line)` for each row.
template <class X, class Out, class Reduced>
void reduce_rows(const char* what, X x, Out out, Reduced&& reduced)
{
    static_assert(Out::layout_type::rank == 1, "tfm: a reduction of rows gives one value a row.");
    require(out.cols() == x.rows(), [&] {
        return "tfm::" + std::string(what) + ": x has " + std::to_string(x.rows()) +
               " rows, the output " + std::to_string(out.cols()) + " elements";
    });
    for_each_row(
        [&](std::size_t row, std::size_t count, auto line) {
            out.data()[out.layout().template offset<typename Out::value_type>(0, row)] =
                convert<typename Out::value_type>(reduced(count, line));
        },
        x);
}

inline constexpr auto line_sum = [](std::size_t count, auto line) {
    using T = std::remove_cvref_t<decltype(line[0])>;
    return sum_of<SumOf<T>>(count, [&](std::size_t i) { return widen(line[i]); });
};
inline constexpr auto line_squares = [](std::size_t count, auto line) {
    using T = decltype(widen(line[0]));
    using Real = std::conditional_t<std::is_same_v<T, float>, float, double>;
    return sum_of<double>(count, [&](std::size_t i) {
        auto const value = static_cast<Real>(widen(line[i]));
        return value * value;
    });
};
inline constexpr auto line_max = [](std::size_t count, auto line) { return max_of(count, line); };

template <class X>
void require_columns(const char* what, X x)
{
    require(x.cols() > 0, [&] {
        return "tfm::" + std::string(what) + ": a row without elements has none that is greatest";
    });
}

} // namespace tensor_detail

/// \name Of all elements.
/// @{

/// The sum: exact of integers, else a double.
template <TensorLike X>
auto sum(const X& x)
{
    tensor_detail::SumOf<tensor_detail::ValueOf<X>> total{};
    tensor_detail::for_each_line(
        [&](std::size_t count, auto line) { total += tensor_detail::line_sum(count, line); },
        tensor_detail::view_of(x));
    return total;
}

/// The mean; NaN of no elements.
template <TensorLike X>
double mean(const X& x)
{
    auto const view = tensor_detail::view_of(x);
    double count = 1;
    for (std::size_t axis = 0; axis < decltype(view)::layout_type::rank; ++axis)
        count *= static_cast<double>(view.extent(axis));
    return static_cast<double>(sum(x)) / count;
}

/// The square root of the sum of squares.
template <TensorLike X>
double norm(const X& x)
{
    double total = 0;
    tensor_detail::for_each_line(
        [&](std::size_t count, auto line) { total += tensor_detail::line_squares(count, line); },
        tensor_detail::view_of(x));
    return std::sqrt(total);
}

/// The greatest element; a NaN where there is one. Throws `tfm::Error` where there are none.
template <TensorLike X>
auto max(const X& x)
{
    using T = tensor_detail::ValueOf<X>;
    bool found = false;
    decltype(tensor_detail::widen(T{})) best{};
    tensor_detail::for_each_line(
        [&](std::size_t count, auto line) {
            auto const most = tensor_detail::max_of(count, line);
            best = found ? tensor_detail::greater_of(best, most) : most;
            found = true;
        },
        tensor_detail::view_of(x));
    require(found, [] { return "tfm::max: a tensor without elements has none that is greatest"; });
    return convert<T>(best);
}
/// @}

/// \name Of each row of (M, N) into M elements. Throw `tfm::Error` where the output has others.
/// @{

/// Sums.
template <TensorLike X, WritableTensor Out>
void sum_rows(const X& x, Out&& out)
{
    using namespace tensor_detail;
    reduce_rows("sum_rows", view_of(x), view_of(out), line_sum);
}

/// Means.
template <TensorLike X, WritableTensor Out>
void mean_rows(const X& x, Out&& out)
{
    using namespace tensor_detail;
    reduce_rows("mean_rows", view_of(x), view_of(out), [](std::size_t count, auto line) {
        return static_cast<double>(line_sum(count, line)) / static_cast<double>(count);
    });
}

/// Square roots of sums of squares.
template <TensorLike X, WritableTensor Out>
void norm_rows(const X& x, Out&& out)
{
    using namespace tensor_detail;
    reduce_rows("norm_rows", view_of(x), view_of(out),
                [](std::size_t count, auto line) { return std::sqrt(line_squares(count, line)); });
}

/// Greatest elements, a NaN where there is one; rows have one element at least.
template <TensorLike X, WritableTensor Out>
void max_rows(const X& x, Out&& out)
{
    using namespace tensor_detail;
    require_columns("max_rows", view_of(x));
    reduce_rows("max_rows", view_of(x), view_of(out), line_max);
}

/// Columns of the first of the greatest elements; rows have one element at least.
template <TensorLike X, WritableTensor Out>
void argmax_rows(const X& x, Out&& out)
{
    using namespace tensor_detail;
    require_columns("argmax_rows", view_of(x));
    reduce_rows("argmax_rows", view_of(x), view_of(out), [](std::size_t count, auto line) {
        return static_cast<std::int64_t>(place_of_max(count, line));
    });
}
/// @}

} // namespace tfm

#include "../restore_macros.hpp"
