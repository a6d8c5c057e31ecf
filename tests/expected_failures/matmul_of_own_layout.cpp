// expect: a layout of your own must state has_contiguous_rows
#include <tfm/kernels/matmul.hpp>

struct FourRows {
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = 4;
    static constexpr std::size_t cols = 32;
#ifdef TFM_EXPECT_SUCCESS
    static constexpr bool has_contiguous_rows = true;
#endif
    constexpr std::size_t extent_rows() const { return rows; }
    constexpr std::size_t extent_cols() const { return cols; }
    template <class T>
    constexpr std::size_t row_stride() const
    {
        return cols;
    }
    template <class T>
    constexpr std::size_t offset(std::size_t i, std::size_t j) const
    {
        return i * cols + j;
    }
    template <class T>
    constexpr std::size_t required_size() const
    {
        return rows * cols;
    }
};

void project(tfm::View<const float, FourRows> x, tfm::View<const float, tfm::Packed<32, 80>> w,
             tfm::View<float, tfm::RowMajor<4, 80>> out)
{
    tfm::matmul(x, w, out);
}
