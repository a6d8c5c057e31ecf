#pragma once

/// \file
/// What happens to a matmul's results on their way to memory, while they are in L1.
///
/// A *sink* takes register tiles (`TileSums`); `StoreRows` is the one that writes rows. A *step*
/// maps one register of results: `vec operator()(vec y, std::size_t row, std::size_t col, Load
/// load)`, where `load(p)` reads as many floats at p as the register has valid lanes.

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
    std::size_t first_row;
    std::size_t rows;
    std::size_t first_col;
    std::size_t cols;
    const Sum* sums;
    std::size_t stride;
};

using TileSums = TileSumsOf<float>;

/// Step: adds a bias per column.
struct AddBias {
    const float* bias; ///< one float per column of the output

    explicit AddBias(const float* values) noexcept : bias(values) {}
    template <Fp32 T, std::size_t N>
    explicit AddBias(View<T, Vec<N>> values) noexcept : bias(values.data())
    {
    }

    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t col, Load load) const noexcept
    {
        return y + load(bias + col);
    }
};

/// Step: GELU with its tanh approximation.
struct GeluTanh {
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::gelu_tanh(y);
    }
};

/// Step: GELU, exact.
struct Gelu {
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::gelu(y);
    }
};

/// Step: SiLU.
struct Silu {
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::silu(y);
    }
};

/// Step: ReLU.
struct Relu {
    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t, std::size_t, Load) const noexcept
    {
        return simd::relu(y);
    }
};

/// Step: multiplies by the matching element of another matrix, which may be the output itself: the
/// gate of a gated MLP.
struct MultiplyBy {
    const float* factors;
    std::size_t stride;

    template <Fp32 T, RowsLayout L>
    explicit MultiplyBy(View<T, L> values) noexcept
        : factors(values.data()), stride(values.row_stride())
    {
    }

    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t row, std::size_t col, Load load) const noexcept
    {
        return y * load(factors + row * stride + col);
    }
};

/// Step: adds the matching element of another matrix, which may be the output itself.
struct AddResidual {
    const float* residual;
    std::size_t stride;

    AddResidual(const float* values, std::size_t row_stride) noexcept
        : residual(values), stride(row_stride)
    {
    }
    template <Fp32 T, RowsLayout L>
    explicit AddResidual(View<T, L> values) noexcept
        : residual(values.data()), stride(values.row_stride())
    {
    }

    template <class Load>
    simd::vec operator()(simd::vec y, std::size_t row, std::size_t col, Load load) const noexcept
    {
        return y + load(residual + row * stride + col);
    }
};

/// Sink: applies the steps in order and writes rows `stride` floats apart.
template <class... Steps>
class StoreRows {
public:
    StoreRows(float* out, std::size_t stride, Steps... steps) noexcept
        : out_(out), stride_(stride), steps_(steps...)
    {
    }

    void operator()(const TileSums& tile) const noexcept
    {
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            const float* const sums = tile.sums + i * tile.stride;
            float* const out = out_ + row * stride_ + tile.first_col;
            simd::for_each_vec(tile.cols, [&](std::size_t j, auto load, auto store) {
                store(out + j, apply(simd::load(sums + j), row, tile.first_col + j, load));
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

    float* out_;
    std::size_t stride_;
    std::tuple<Steps...> steps_;
};

/// Sink: sums of integers times the scales of their row and column, for the next sink. With two
/// halves a row, the upper half's sums count 256 times.
template <std::size_t Halves, class Sink>
struct Dequantize {
    const float* row_scales;    ///< one per row of the output
    const float* column_scales; ///< one per column, padded to whole panels
    Sink& sink;

    void operator()(const TileSumsOf<std::int32_t>& tile) const noexcept
    {
        using namespace simd;
        alignas(alignment) float values[max_tile_size];
        std::size_t const first_row = tile.first_row / Halves;
        std::size_t const rows = tile.rows / Halves;
        for (std::size_t i = 0; i < rows; ++i) {
            vec const row_scale = broadcast(row_scales[first_row + i]);
            const std::int32_t* const sums = tile.sums + i * Halves * tile.stride;
            for (std::size_t j = 0; j < tile.cols; j += lanes) {
                vec sum = load_int32(sums + j);
                if constexpr (Halves == 2) {
                    sum = fma(sum, broadcast(256.0F), load_int32(sums + tile.stride + j));
                }
                vec const scale = row_scale * load(column_scales + tile.first_col + j);
                store(values + i * tile.stride + j, sum * scale);
            }
        }
        sink(TileSums{first_row, rows, tile.first_col, tile.cols, values, tile.stride});
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
