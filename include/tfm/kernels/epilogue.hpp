#pragma once

/// \file
/// What happens to a matmul's results on their way to memory, while they are in L1.
///
/// A *sink* takes register tiles, which have `first_row`, `rows`, `first_col`, `cols`, and
/// `load(i, j)`, a register of results; `StoreRows` is the one that writes rows. A *step* maps one
/// register of results: `vec operator()(vec y, std::size_t row, std::size_t col, Load load)`, where
/// `load(p)` reads as many elements at p as the register has valid lanes.
///
/// Neither sink nor step may itself call a matmul: on AMX both run between the products of the next
/// tile.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include "../simd/math.hpp"
#include "../tensor/view.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Columns a register tile may have: four panels, whatever the instruction set.
inline constexpr std::size_t max_tile_columns = 4 * panel_width;

/// Sums a register tile may have: four AMX tiles.
inline constexpr std::size_t max_tile_size = 1024;

/// A register tile after its last multiplication: `rows` x `cols` sums of the output's rows from
/// `first_row` and columns from `first_col`; rows are `stride` sums apart, whole panels wide.
template <class Sum>
struct TileSumsOf {
    std::size_t first_row; ///< of the output
    std::size_t rows;      ///< in the tile
    std::size_t first_col; ///< of the output
    std::size_t cols;      ///< in the tile
    const Sum* sums;       ///< of the first row and column
    std::size_t stride;    ///< sums from one row to the next

    /// A register of sums of row i from column j on, counted in the tile; j < cols.
    simd::vec load(std::size_t i, std::size_t j) const noexcept requires std::same_as<Sum, float>
    {
        return simd::load(sums + i * stride + j);
    }
};

/// A tile whose sums are floats.
using TileSums = TileSumsOf<float>;

/// A scale per column, padded to whole panels.
struct ColumnScales {
    const float* scales; ///< of the first column

    /// The scales from a later column on.
    ColumnScales from(std::size_t col) const noexcept { return {scales + col}; }
    /// The scales of a register of sums from column `col` on, in a row with this scale.
    simd::vec times(float row_scale, std::size_t col) const noexcept
    {
        return simd::broadcast(row_scale) * simd::load(scales + col);
    }
};

/// Columns without scales: a row's scale is all there is.
struct NoColumnScales {
    /// What holds from a later column on: the same.
    NoColumnScales from(std::size_t) const noexcept { return {}; }
    /// The row's scale.
    simd::vec times(float row_scale, std::size_t) const noexcept
    {
        return simd::broadcast(row_scale);
    }
};

/// A register tile of integers, whose results are sums times the scales of their row and column.
/// With two halves a row, the upper half's sums count 256 times.
template <std::size_t Halves, class Columns = ColumnScales>
struct DequantizedTile {
    std::size_t first_row;    ///< of the output
    std::size_t rows;         ///< in the tile
    std::size_t first_col;    ///< of the output
    std::size_t cols;         ///< in the tile
    const std::int32_t* sums; ///< of the first row and column
    std::size_t stride;       ///< sums from one row of them to the next
    const float* row_scales;  ///< of the tile's rows
    Columns columns;          ///< scales of its columns

    /// A register of results of row i from column j on, counted in the tile; j < cols.
    simd::vec load(std::size_t i, std::size_t j) const noexcept
    {
        const std::int32_t* const at = sums + i * Halves * stride + j;
        simd::vec const scale = columns.times(row_scales[i], j);
        if constexpr (Halves == 2) {
            return simd::rounded(simd::load_halves(at, at + stride) * scale);
        } else {
            return simd::rounded(simd::load_int32(at) * scale);
        }
    }
};

/// Step: adds a bias per column, or nothing where there is none. Without a bias every column reads
/// one block of zeros, so that no branch stands between the products and their sums.
struct AddBias {
    const float* bias;    ///< one float per column of the output, or zeros
    std::size_t col_mask; ///< the bits of a column that count

    /// One float per column of the output, or null.
    explicit AddBias(const float* values) noexcept
        : bias(values == nullptr ? zeros : values),
          col_mask(values == nullptr ? max_tile_columns - 1 : ~std::size_t{0})
    {
    }
    /// `values` holds one float per column of the output.
    template <Fp32 T, std::size_t N>
    explicit AddBias(View<T, Vec<N>> values) noexcept : AddBias(values.data())
    {
    }

    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t col, Load load) const noexcept
    {
        return y + load(bias + (col & col_mask));
    }

private:
    static constexpr float zeros[max_tile_columns] = {};
};

/// Step: GELU with its tanh approximation.
struct GeluTanh {
    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::gelu_tanh(y);
    }
};

/// Step: GELU, exact.
struct Gelu {
    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::gelu(y);
    }
};

/// Step: SiLU.
struct Silu {
    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::silu(y);
    }
};

/// Step: ReLU.
struct Relu {
    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::relu(y);
    }
};

/// Step: multiplies by the matching element of another matrix, which may be the output itself: the
/// gate of a gated MLP.
template <class T>
struct MultiplyBy {
    const T* factors;      ///< of float or bf16
    std::size_t stride;    ///< elements from one row to the next
    std::size_t first_col; ///< column of the product that factors begin with

    /// `values` has the shape of the output.
    template <RowsLayout L>
    explicit MultiplyBy(View<T, L> values, std::size_t first = 0) noexcept
        : factors(values.data()), stride(values.row_stride()), first_col(first)
    {
    }

    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t row, std::size_t col, Load load) const noexcept
    {
        return y * load(factors + row * stride + (col - first_col));
    }
};

/// Step: adds the matching element of another matrix, which may be the output itself.
struct AddResidual {
    const float* residual; ///< of the first row and column
    std::size_t stride;    ///< floats from one row to the next

    /// `values` has the shape of the output, its rows `row_stride` floats apart.
    AddResidual(const float* values, std::size_t row_stride) noexcept
        : residual(values), stride(row_stride)
    {
    }
    /// `values` has the shape of the output.
    template <Fp32 T, RowsLayout L>
    explicit AddResidual(View<T, L> values) noexcept
        : residual(values.data()), stride(values.row_stride())
    {
    }

    /// Maps one register of results.
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t row, std::size_t col, Load load) const noexcept
    {
        return y + load(residual + row * stride + col);
    }
};

/// Sink: applies the steps in order and writes rows of float or bf16, `stride` elements apart.
template <class Out, class... Steps>
class StoreRows {
public:
    /// Row r of the product goes to `out + r * stride`.
    StoreRows(Out* out, std::size_t stride, Steps... steps) noexcept
        : out_(out), stride_(stride), steps_(steps...)
    {
    }

    /// The same where `out` begins with a later column of the product.
    StoreRows from_column(std::size_t first) const noexcept
    {
        StoreRows shifted = *this;
        shifted.first_col_ = first;
        return shifted;
    }

    /// Writes a tile.
    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            Out* const out = out_ + row * stride_ + (tile.first_col - first_col_);
            simd::for_each_vec(tile.cols, [&](std::size_t j, auto load, auto store) {
                store(out + j, apply(tile.load(i, j), row, tile.first_col + j, load));
            });
        }
    }

private:
    template <class Load>
    simd::vec apply(simd::vec y, std::size_t row, std::size_t col, Load load) const noexcept
    {
        std::apply([&](const Steps&... step) { ((y = step(y, row, col, load)), ...); }, steps_);
        return y;
    }

    Out* out_;
    std::size_t stride_;
    std::size_t first_col_ = 0;
    std::tuple<Steps...> steps_;
};

/// Sink: gives tiles of integers their scales, for the next sink.
template <std::size_t Halves, class Columns, class Sink>
struct Dequantize {
    const float* row_scales; ///< one per row of the output
    Columns columns;         ///< scales of the output's columns
    Sink& sink;              ///< gets the tiles of floats

    /// Scales a tile and hands it on.
    void operator()(const TileSumsOf<std::int32_t>& tile) const noexcept
    {
        std::size_t const first_row = tile.first_row / Halves;
        sink(DequantizedTile<Halves, Columns>{
            first_row, tile.rows / Halves, tile.first_col, tile.cols, tile.sums, tile.stride,
            row_scales + first_row, columns.from(tile.first_col)});
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
