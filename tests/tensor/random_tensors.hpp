#pragma once

/// \file
/// Views of random shapes and strides on buffers of the required size exactly, and the oracle's
/// tensors: vectors of doubles.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/tensor/convert.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/view.hpp>

namespace tfm {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : bits_(seed) {}
    /// A number of [low, high].
    std::size_t operator()(std::size_t low, std::size_t high)
    {
        return low + static_cast<std::size_t>(bits_() % (high - low + 1));
    }

private:
    SplitMix64 bits_;
};

/// The oracle's tensor: extents, and elements with the last axis fastest.
struct Plain {
    std::vector<std::size_t> extents;
    std::vector<double> values;

    std::size_t rows() const { return extents.size() == 1 ? 1 : extents[extents.size() - 2]; }
    std::size_t cols() const { return extents.back(); }
    double at(std::size_t row, std::size_t col) const { return values[row * cols() + col]; }
};

/// What type T stores for a whole number: everything, but beyond an integer's range its limit.
template <class T>
double stored(double value)
{
    if constexpr (std::is_integral_v<T>)
        return std::clamp(value, static_cast<double>(std::numeric_limits<T>::min()),
                          static_cast<double>(std::numeric_limits<T>::max()));
    else
        return value;
}

template <class T, class L>
Plain plain_of(View<T, L> x)
{
    Plain plain;
    for (std::size_t axis = 0; axis < L::rank; ++axis) plain.extents.push_back(x.extent(axis));
    for (auto const& value : elements(x))
        plain.values.push_back(static_cast<double>(tensor_detail::widen(value)));
    return plain;
}

/// A view on memory of the required size exactly. What is no element holds `gap`.
template <class T, class L>
class Buffer {
public:
    Buffer(L layout, Dice& dice)
        : size_(layout.template required_size<T>()), memory_(new T[size_]), x(memory_.get(), layout)
    {
        std::fill_n(memory_.get(), size_, convert<T>(gap));
        for (T& value : elements(x)) value = convert<T>(static_cast<int>(dice(0, 22)) - 11);
    }
    ~Buffer()
    {
        for (T& value : elements(x)) value = convert<T>(gap);
        for (std::size_t i = 0; i < size_; ++i)
            EXPECT_EQ(static_cast<double>(tensor_detail::widen(memory_[i])), gap)
                << "between the elements at " << i;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

private:
    static constexpr int gap = 99;
    std::size_t size_;
    std::unique_ptr<T[]> memory_;

public:
    View<T, L> x;
};

template <std::size_t Rank>
using Extents = std::array<std::size_t, Rank>;

template <std::size_t Rank>
Extents<Rank> random_extents(Dice& dice, std::size_t most)
{
    Extents<Rank> extents{};
    for (std::size_t& extent : extents) extent = dice(dice(0, 9) == 0 ? 0 : 1, most);
    return extents;
}

/// The axes in a random order in memory, with gaps between their elements at random.
template <std::size_t Rank>
auto random_layout(const Extents<Rank>& extents, Dice& dice)
{
    std::array<std::size_t, Rank> order{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = Rank; i-- > 1;) std::swap(order[i], order[dice(0, i)]);
    if (dice(0, 2) == 0) std::sort(order.begin(), order.end(), std::greater<>()); // row after row
    bool const has_gaps = dice(0, 1) == 0;
    Extents<Rank> strides{};
    std::size_t stride = has_gaps ? dice(1, 3) : 1;
    for (std::size_t const axis : order) {
        strides[axis] = stride;
        stride = stride * std::max<std::size_t>(extents[axis], 1) + (has_gaps ? dice(0, 2) : 0);
    }
    return tensor_detail::DynDense<Rank>(extents, strides);
}

template <class X>
void expect_values(const X& x, const std::vector<double>& expected, const char* what)
{
    EXPECT_EQ(plain_of(tensor_detail::view_of(x)).values, expected) << what;
}

} // namespace tfm
