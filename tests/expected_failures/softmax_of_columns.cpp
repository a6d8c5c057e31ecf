// expect: kernels take contiguous rows \(RowMajor, Padded, Strided, Vec, or a Dense whose last
// stride is 1\) expect: must state has_contiguous_rows
#include <tfm/kernels/softmax.hpp>

struct ColumnMajor {
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = 3;
    static constexpr std::size_t cols = 4;
#ifndef TFM_EXPECT_SUCCESS
    static constexpr bool has_contiguous_rows = false;
    static constexpr std::size_t row = 1, col = 3;
#else
    static constexpr bool has_contiguous_rows = true;
    static constexpr std::size_t row = 4, col = 1;
#endif
    constexpr std::size_t extent_rows() const { return rows; }
    constexpr std::size_t extent_cols() const { return cols; }
    template <class T>
    constexpr std::size_t row_stride() const
    {
        return row;
    }
    template <class T>
    constexpr std::size_t offset(std::size_t i, std::size_t j) const
    {
        return i * row + j * col;
    }
    template <class T>
    constexpr std::size_t required_size() const
    {
        return rows * cols;
    }
};

void normalise(tfm::View<float, ColumnMajor> x) { tfm::softmax(x, x); }
