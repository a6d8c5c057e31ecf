#pragma once

/// \file
/// The k greatest elements of each row.

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "convert.hpp"
#include "lines.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// The best `count` places of a line, the worst of them first: a heap in `places`, which takes an
/// index.
template <class Line, class Places>
class BestPlaces {
public:
    BestPlaces(Line line, Places places, std::size_t count)
        : line_(line), places_(places), count_(count)
    {
        for (std::size_t i = 0; i < count; ++i) places_(i) = static_cast<std::int32_t>(i);
        for (std::size_t i = count / 2; i-- > 0;) sift_down(i, count);
    }

    /// Takes a place that lies behind all taken before.
    void take(std::size_t place)
    {
        auto const index = static_cast<std::int32_t>(place);
        if (!comes_before(index, places_(0))) return;
        places_(0) = index;
        sift_down(0, count_);
    }

    /// Puts the best first.
    void sort()
    {
        for (std::size_t left = count_; left-- > 1;) {
            exchange(0, left);
            sift_down(0, left);
        }
    }

private:
    /// Greater ones come first, of equal ones the first; NaN is greater than any number.
    bool comes_before(std::int32_t a, std::int32_t b) const
    {
        auto const x = widen(line_[static_cast<std::size_t>(a)]);
        auto const y = widen(line_[static_cast<std::size_t>(b)]);
        if (x > y || (x != x && y == y)) return true;
        return a < b && (x == y || (x != x && y != y));
    }
    void exchange(std::size_t i, std::size_t j)
    {
        std::int32_t const place = places_(i);
        places_(i) = places_(j);
        places_(j) = place;
    }
    void sift_down(std::size_t at, std::size_t count)
    {
        for (std::size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
            if (child + 1 < count && comes_before(places_(child), places_(child + 1))) ++child;
            if (!comes_before(places_(at), places_(child))) return;
            exchange(at, child);
            at = child;
        }
    }

    Line line_;
    Places places_;
    std::size_t count_;
};

} // namespace tensor_detail

/// The k greatest elements of each row of (M, N) and their columns, the greatest first, into two
/// tensors of (M, k). Of equal elements the first come first (`torch.topk` leaves that open), and
/// NaN is greater than any number, as PyTorch has it. Allocates nothing. Throws `tfm::Error` where
/// shapes differ or k exceeds N.
template <TensorLike X, WritableTensor Values, WritableTensor Indices>
void top_k_rows(const X& x, Values&& values, Indices&& indices)
{
    using namespace tensor_detail;
    static_assert(std::is_same_v<ValueOf<Indices>, std::int32_t>,
                  "tfm: top_k_rows writes columns to a tensor of std::int32_t.");
    auto const from = view_of(x);
    auto const best = view_of(values);
    auto const places = view_of(indices);
    require_same_shape("top_k_rows", best, places);
    std::size_t const k = best.cols();
    require(best.rows() == from.rows() && k <= from.cols() && from.cols() <= INT32_MAX, [&] {
        return "tfm::top_k_rows: x is " + shape_of(from) + ", the output " + shape_of(best);
    });
    if (k == 0) return;
    for_each_row(
        [&](std::size_t row, std::size_t count, auto line) {
            auto const place = [&](std::size_t i) -> std::int32_t& { return places(row, i); };
            BestPlaces heap(line, place, k);
            for (std::size_t i = k; i < count; ++i) heap.take(i);
            heap.sort();
            for (std::size_t i = 0; i < k; ++i)
                best(row, i) = convert<ValueOf<Values>>(line[static_cast<std::size_t>(place(i))]);
        },
        from);
}

} // namespace tfm

#include "../restore_macros.hpp"
