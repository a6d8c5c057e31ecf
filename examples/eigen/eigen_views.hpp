#pragma once

/// \file
/// tfm's tensors as Eigen's matrices and the other way round. Nothing is copied.

#include <cstddef>
#include <type_traits>

#include <Eigen/Core>

#include <tfm/tensor/slices.hpp>

/// What Eigen calls an extent.
constexpr int eigen_extent(std::size_t extent) noexcept
{
    return extent == tfm::dyn ? Eigen::Dynamic : static_cast<int>(extent);
}

/// A tensor or view of two axes and any strides as a map of Eigen, with the static extents it has.
template <tfm::StridedMatrix X>
auto as_eigen(X&& x)
{
    auto const view = tfm::dense(x);
    using View = std::remove_const_t<decltype(view)>;
    using L = typename View::layout_type;
    using Matrix = Eigen::Matrix<typename View::value_type, eigen_extent(L::rows),
                                 eigen_extent(L::cols), Eigen::RowMajor>;
    using Mapped =
        std::conditional_t<std::is_const_v<typename View::element_type>, const Matrix, Matrix>;
    using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    auto const number = [](std::size_t n) { return static_cast<Eigen::Index>(n); };
    return Eigen::Map<Mapped, Eigen::Unaligned, Strides>(
        view.data(), number(view.rows()), number(view.cols()),
        Strides(number(view.layout().stride(0)), number(view.layout().stride(1))));
}

/// A matrix of Eigen, or a block or map of one, as a view; of a const one, to read.
template <class Matrix>
auto as_tfm(Matrix&& x)
{
    using Plain = std::remove_reference_t<Matrix>;
    static_assert(std::is_lvalue_reference_v<Matrix>, "name the matrix: a view does not keep it");
    constexpr auto extent = [](int n) { return n == Eigen::Dynamic ? tfm::dyn : std::size_t(n); };
    using L = tfm::Dense<extent(Plain::RowsAtCompileTime), extent(Plain::ColsAtCompileTime)>;
    using T = std::remove_pointer_t<decltype(x.data())>;
    auto const number = [](Eigen::Index n) { return static_cast<std::size_t>(n); };
    return tfm::View<T, L>(x.data(), L({number(x.rows()), number(x.cols())},
                                       {number(x.rowStride()), number(x.colStride())}));
}
