#pragma once

/// \file
/// Layouts of a user's own.

#include <cstddef>

/// R rows and C columns, column after column, as Fortran has it.
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

/// Blocks of two by two elements, row by row, their number known at run time.
class Blocked {
public:
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = static_cast<std::size_t>(-1); // tfm::dyn
    static constexpr std::size_t cols = static_cast<std::size_t>(-1);

    Blocked() = default;
    Blocked(std::size_t row_count, std::size_t col_count) : rows_(row_count), cols_(col_count) {}

    std::size_t extent_rows() const noexcept { return rows_; }
    std::size_t extent_cols() const noexcept { return cols_; }
    template <class T>
    std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return (row / 2 * blocks(cols_) + col / 2) * 4 + row % 2 * 2 + col % 2;
    }
    template <class T>
    std::size_t required_size() const noexcept
    {
        return blocks(rows_) * blocks(cols_) * 4;
    }

private:
    static std::size_t blocks(std::size_t extent) noexcept { return (extent + 1) / 2; }

    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
};

/// Two rows of three elements eight elements apart. It promises what kernels rely on.
struct PairOfRows {
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = 2;
    static constexpr std::size_t cols = 3;
    static constexpr bool has_contiguous_rows = true;

    constexpr std::size_t extent_rows() const noexcept { return rows; }
    constexpr std::size_t extent_cols() const noexcept { return cols; }
    template <class T>
    constexpr std::size_t row_stride() const noexcept
    {
        return 8;
    }
    template <class T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return row * 8 + col;
    }
    template <class T>
    constexpr std::size_t required_size() const noexcept
    {
        return 11;
    }
};
