#pragma once

/// \file
/// `tfm::reference`: every kernel once more in plain scalar loops, accumulating in `double`. They
/// are the oracle of the tests and the shortest statement of what each kernel computes, and not
/// meant for speed. Shapes must agree: the kernels check that, and nothing here does.

#include <algorithm>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "../tensor/quantized.hpp"
#include "pack.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace reference {

/// x Phi(x), Phi being the normal distribution's cumulative function.
inline double gelu(double x) noexcept { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

/// x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3). The code has x / (1 + exp(-2u)), which
/// is equal, because 1 + tanh u rounds to zero below x = -6.
inline double gelu_tanh(double x) noexcept
{
    constexpr double two_over_pi = 0.63661977236758134308;
    double const u = std::sqrt(two_over_pi) * (x + 0.044715 * x * x * x);
    return x / (1.0 + std::exp(-2.0 * u));
}

/// x / (1 + exp(-x)).
inline double silu(double x) noexcept { return x / (1.0 + std::exp(-x)); }

/// \name Epilogue steps, which map y at (row, col) of a matmul's output to the value passed on.
/// @{

/// GELU by the error function.
struct Gelu {
    /// Maps one result.
    double operator()(double y, std::size_t, std::size_t) const noexcept { return gelu(y); }
};

/// GELU with its tanh approximation.
struct GeluTanh {
    /// Maps one result.
    double operator()(double y, std::size_t, std::size_t) const noexcept { return gelu_tanh(y); }
};

/// SiLU.
struct Silu {
    /// Maps one result.
    double operator()(double y, std::size_t, std::size_t) const noexcept { return silu(y); }
};

/// ReLU.
struct Relu {
    /// Maps one result.
    double operator()(double y, std::size_t, std::size_t) const noexcept
    {
        return std::max(y, 0.0);
    }
};

/// Multiplies by the matching element of another matrix, which may be the output itself.
template <class L>
struct MultiplyBy {
    View<const float, L> factors; ///< of the shape of the output

    /// Maps one result.
    double operator()(double y, std::size_t row, std::size_t col) const noexcept
    {
        return y * static_cast<double>(factors(row, col));
    }
};

/// Adds the bias of the column.
template <class L>
struct AddBias {
    View<const float, L> bias; ///< one row

    /// Maps one result.
    double operator()(double y, std::size_t, std::size_t col) const noexcept
    {
        return y + static_cast<double>(bias(0, col));
    }
};

/// Adds the matching element of another matrix, which may be the output itself.
template <class L>
struct AddResidual {
    View<const float, L> residual; ///< of the shape of the output

    /// Maps one result.
    double operator()(double y, std::size_t row, std::size_t col) const noexcept
    {
        return y + static_cast<double>(residual(row, col));
    }
};
/// @}

/// out = steps(x W): (M, K), (K, N) of fp32 or bf16 in any layout, (M, N). The steps run in order,
/// in `double`; only the last result is rounded.
template <class TX, class LX, class TW, class LW, class LO, class... Steps>
void matmul(View<TX, LX> x, View<TW, LW> w, View<float, LO> out, const Steps&... steps)
{
    for (std::size_t i = 0; i < out.rows(); ++i) {
        for (std::size_t j = 0; j < out.cols(); ++j) {
            double y = 0.0;
            for (std::size_t k = 0; k < x.cols(); ++k)
                y += static_cast<double>(static_cast<float>(x(i, k))) *
                     static_cast<double>(static_cast<float>(w(k, j)));
            ((y = steps(y, i, j)), ...);
            out(i, j) = static_cast<float>(y);
        }
    }
}

/// The same for int8 values, whose products are summed as integers and then scaled.
template <std::size_t KX, std::size_t K, std::size_t N, class LO>
void matmul(QuantizedRows<KX> x, QuantizedView<K, N> w, View<float, LO> out)
{
    for (std::size_t i = 0; i < out.rows(); ++i) {
        for (std::size_t j = 0; j < out.cols(); ++j) {
            std::int64_t sum = 0;
            for (std::size_t k = 0; k < x.cols(); ++k) {
                sum += std::int64_t{x.values(i, k)} * std::int64_t{w.values(k, j)};
            }
            double const scale =
                static_cast<double>(x.scales[i]) * static_cast<double>(w.scales[j]);
            out(i, j) = static_cast<float>(static_cast<double>(sum) * scale);
        }
    }
}

/// The same for 16-bit activations in two halves.
template <std::size_t KX, std::size_t K, std::size_t N, class LO>
void matmul(SplitRows<KX> x, QuantizedView<K, N> w, View<float, LO> out)
{
    for (std::size_t i = 0; i < out.rows(); ++i) {
        for (std::size_t j = 0; j < out.cols(); ++j) {
            std::int64_t sum = 0;
            for (std::size_t k = 0; k < x.cols(); ++k) {
                std::int64_t const whole =
                    std::int64_t{x.halves(2 * i, k)} * 256 + x.halves(2 * i + 1, k);
                sum += whole * w.values(k, j);
            }
            double const scale =
                static_cast<double>(x.scales[i]) * static_cast<double>(w.scales[j]);
            out(i, j) = static_cast<float>(static_cast<double>(sum) * scale);
        }
    }
}

/// out = (x - mean) / sqrt(variance + epsilon) * gain + bias per row, with the biased variance.
/// (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, class LX, Fp32 TG, class LG, Fp32 TB, class LB, class LO>
void layer_norm(View<TX, LX> x, View<TG, LG> gain, View<TB, LB> bias, float epsilon,
                View<float, LO> out)
{
    auto const width = static_cast<double>(x.cols());
    for (std::size_t i = 0; i < x.rows(); ++i) {
        double mean = 0.0;
        for (std::size_t j = 0; j < x.cols(); ++j) mean += static_cast<double>(x(i, j)) / width;
        double variance = 0.0;
        for (std::size_t j = 0; j < x.cols(); ++j) {
            double const centred = static_cast<double>(x(i, j)) - mean;
            variance += centred * centred / width;
        }
        double const deviation = std::sqrt(variance + static_cast<double>(epsilon));
        for (std::size_t j = 0; j < x.cols(); ++j) {
            double const normalised = (static_cast<double>(x(i, j)) - mean) / deviation;
            out(i, j) = static_cast<float>(normalised * static_cast<double>(gain(0, j)) +
                                           static_cast<double>(bias(0, j)));
        }
    }
}

/// out = x / sqrt(mean(x^2) + epsilon) * gain per row. (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, class LX, Fp32 TG, class LG, class LO>
void rms_norm(View<TX, LX> x, View<TG, LG> gain, float epsilon, View<float, LO> out)
{
    for (std::size_t i = 0; i < x.rows(); ++i) {
        double squares = 0.0;
        for (std::size_t j = 0; j < x.cols(); ++j)
            squares += static_cast<double>(x(i, j)) * static_cast<double>(x(i, j));
        double const scale =
            std::sqrt(squares / static_cast<double>(x.cols()) + static_cast<double>(epsilon));
        for (std::size_t j = 0; j < x.cols(); ++j)
            out(i, j) = static_cast<float>(static_cast<double>(x(i, j)) / scale *
                                           static_cast<double>(gain(0, j)));
    }
}

/// Multiplies each pair of neighbouring features, taken as a complex number, by the one that
/// `cosine_sine` has in its place; features beyond it stay.
template <class L, Fp32 TA, class LA>
void rope(View<float, L> x, View<TA, LA> cosine_sine)
{
    for (std::size_t i = 0; i < x.rows(); ++i) {
        for (std::size_t j = 0; j + 1 < cosine_sine.cols(); j += 2) {
            std::complex<double> const pair(static_cast<double>(x(i, j)),
                                            static_cast<double>(x(i, j + 1)));
            std::complex<double> const turn(static_cast<double>(cosine_sine(i, j)),
                                            static_cast<double>(cosine_sine(i, j + 1)));
            std::complex<double> const turned = pair * turn;
            x(i, j) = static_cast<float>(turned.real());
            x(i, j + 1) = static_cast<float>(turned.imag());
        }
    }
}

/// Each row of out = exp(x) / sum exp(x). (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, class LX, class LO>
void softmax(View<TX, LX> x, View<float, LO> out)
{
    for (std::size_t i = 0; i < x.rows(); ++i) {
        double largest = -std::numeric_limits<double>::infinity();
        for (std::size_t j = 0; j < x.cols(); ++j)
            largest = std::max(largest, static_cast<double>(x(i, j)));
        double sum = 0.0;
        for (std::size_t j = 0; j < x.cols(); ++j)
            sum += std::exp(static_cast<double>(x(i, j)) - largest);
        for (std::size_t j = 0; j < x.cols(); ++j)
            out(i, j) = static_cast<float>(std::exp(static_cast<double>(x(i, j)) - largest) / sum);
    }
}

/// out = x Phi(x). (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, class LX, class LO>
void gelu(View<TX, LX> x, View<float, LO> out)
{
    for (std::size_t i = 0; i < x.rows(); ++i) {
        for (std::size_t j = 0; j < x.cols(); ++j)
            out(i, j) = static_cast<float>(gelu(static_cast<double>(x(i, j))));
    }
}

/// GELU with its tanh approximation. (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, class LX, class LO>
void gelu_tanh(View<TX, LX> x, View<float, LO> out)
{
    for (std::size_t i = 0; i < x.rows(); ++i) {
        for (std::size_t j = 0; j < x.cols(); ++j)
            out(i, j) = static_cast<float>(gelu_tanh(static_cast<double>(x(i, j))));
    }
}

/// out = softmax(q keysᵀ / sqrt(head_width), causally masked) values for one head.
///
/// q and out are (M, head_width), keys and values (positions, head_width), one row per position.
/// Row i of q stands at `first_position + i` and sees the last `window` positions up to its own.
template <Fp32 TQ, class LQ, Fp32 TK, class LK, Fp32 TV, class LV, class LO>
void causal_attention(View<TQ, LQ> q, View<TK, LK> keys, View<TV, LV> values,
                      std::size_t first_position, View<float, LO> out,
                      std::size_t window = std::numeric_limits<std::size_t>::max())
{
    double const scale = 1.0 / std::sqrt(static_cast<double>(q.cols()));
    for (std::size_t i = 0; i < q.rows(); ++i) {
        std::vector<double> weights(first_position + i + 1);
        for (std::size_t p = 0; p < weights.size(); ++p) {
            if (weights.size() - p > window) {
                weights[p] = -std::numeric_limits<double>::infinity();
                continue;
            }
            for (std::size_t j = 0; j < q.cols(); ++j)
                weights[p] += static_cast<double>(q(i, j)) * static_cast<double>(keys(p, j));
            weights[p] *= scale;
        }
        double const largest = *std::max_element(weights.begin(), weights.end());
        double sum = 0.0;
        for (double& weight : weights) {
            weight = std::exp(weight - largest);
            sum += weight;
        }
        for (std::size_t j = 0; j < out.cols(); ++j) {
            double y = 0.0;
            for (std::size_t p = 0; p < weights.size(); ++p)
                y += weights[p] * static_cast<double>(values(p, j));
            out(i, j) = static_cast<float>(y / sum);
        }
    }
}

/// out = row `token` of a plain (vocab, width) table + row `position` of `positions`.
template <Fp32 TE, class LE, Fp32 TP, class LP>
void embed(View<TE, LE> tokens, View<TP, LP> positions, std::size_t token, std::size_t position,
           float* out)
{
    for (std::size_t j = 0; j < tokens.cols(); ++j)
        out[j] = tokens(token, j) + positions(position, j);
}

/// Packs a (K, N) source, or an (N, K) one by `orientation`, from the storage's point of view: for
/// each element in memory order it asks which (k, n) belongs there, and writes zero where none
/// does.
template <class TS, class LS, Element T, std::size_t K, std::size_t N>
requires std::same_as<std::remove_const_t<TS>, T>
void pack(View<TS, LS> source, View<T, Packed<K, N>> packed, Orientation orientation)
{
    constexpr std::size_t cell_bytes = 64;
    constexpr std::size_t columns = 16;
    constexpr std::size_t group = 4 / sizeof(T);
    std::size_t const lines_of_k = (packed.rows() * sizeof(T) + cell_bytes - 1) / cell_bytes;
    std::size_t const cells_of_panel = lines_of_k * columns;
    std::size_t const panels = (packed.cols() + columns - 1) / columns;
    T* to = packed.data();
    for (std::size_t cell = 0; cell < panels * cells_of_panel; ++cell) {
        for (std::size_t i = 0; i < columns * group; ++i) {
            std::size_t const k = cell % cells_of_panel * group + i % group;
            std::size_t const n = cell / cells_of_panel * columns + i / group;
            bool const exists = k < packed.rows() && n < packed.cols();
            bool const transposed = orientation == Orientation::out_in;
            *to++ = !exists ? T{} : transposed ? source(n, k) : source(k, n);
        }
    }
}

} // namespace reference
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
