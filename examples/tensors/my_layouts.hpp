#pragma once

/// \file
/// Two layouts of one's own: all that `tfm::Tensor`, views and algorithms ask of one.

#include <cstddef>

#include <tfm/tensor/layout.hpp>

/// R rows and C columns, column after column, as Fortran and Eigen have them.
template <std::size_t R, std::size_t C>
struct ColumnMajor {
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = R;
    static constexpr std::size_t cols = C;

    constexpr std::size_t extent_rows() const noexcept { return R; }
    constexpr std::size_t extent_cols() const noexcept { return C; }
    template <class T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return col * R + row;
    }
    template <class T>
    constexpr std::size_t required_size() const noexcept
    {
        return R * C;
    }
};

/// Blocks of B by B elements, one after the other; extents known at run time, and the memory of
/// whole blocks.
template <std::size_t B>
class Blocked {
public:
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = tfm::dyn;
    static constexpr std::size_t cols = tfm::dyn;

    constexpr Blocked() = default;
    constexpr Blocked(std::size_t row_count, std::size_t col_count)
        : rows_(row_count), cols_(col_count)
    {
    }

    constexpr std::size_t extent_rows() const noexcept { return rows_; }
    constexpr std::size_t extent_cols() const noexcept { return cols_; }
    template <class T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        std::size_t const block = row / B * tfm::divide_up(cols_, B) + col / B;
        return (block * B + row % B) * B + col % B;
    }
    template <class T>
    constexpr std::size_t required_size() const noexcept
    {
        return tfm::divide_up(rows_, B) * tfm::divide_up(cols_, B) * B * B;
    }

private:
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
};
