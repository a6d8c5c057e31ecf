#pragma once

/// \file
/// A transformer block in plain double loops over arrays, as the papers have it: what tests compare
/// `Block`, `Attention`, `Mlp`, `Linear` and the norms with.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tfm/models/state_dict.hpp>
#include <tfm/nn/block_shape.hpp>

namespace tfm::testing {

using Matrix = std::vector<std::vector<double>>; ///< rows

/// Numbers in [-1, 1), the same everywhere.
class Numbers {
public:
    explicit Numbers(std::uint64_t seed) : state_(seed * 2 + 1) {}
    float operator()()
    {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<float>(state_ >> 40U) / 8388608.0F - 1.0F;
    }

private:
    std::uint64_t state_;
};

inline std::vector<float> numbers(std::size_t count, std::uint64_t seed, float scale = 1.0F)
{
    Numbers draw(seed);
    std::vector<float> values(count);
    for (float& value : values) value = scale * draw();
    return values;
}

/// The parameters of a block as a user has them: matrices (outputs, inputs), by the names of
/// `block_names`.
struct BlockArrays {
    std::map<std::string, std::vector<float>> values;
    std::map<std::string, std::vector<std::size_t>> extents;

    void add(const std::string& name, std::vector<std::size_t> shape, std::vector<float> numbers)
    {
        values[name] = std::move(numbers);
        extents[name] = std::move(shape);
    }
    void add_norm(const std::string& name, std::size_t width, bool has_bias, std::uint64_t seed)
    {
        std::vector<float> gain = numbers(width, seed, 0.3F);
        for (float& value : gain) value += 1.0F;
        add(name + ".weight", {width}, std::move(gain));
        if (has_bias) add(name + ".bias", {width}, numbers(width, seed + 1, 0.2F));
    }
    void add_linear(const std::string& name, std::size_t inputs, std::size_t outputs, bool has_bias,
                    std::uint64_t seed)
    {
        add(name + ".weight", {outputs, inputs},
            numbers(inputs * outputs, seed, 1.7F / std::sqrt(static_cast<float>(inputs))));
        if (has_bias) add(name + ".bias", {outputs}, numbers(outputs, seed + 1, 0.2F));
    }

    /// Refers to these arrays.
    StateDict state() const
    {
        StateDict state;
        for (const auto& entry : values)
            state.add(entry.first, entry.second, extents.at(entry.first));
        return state;
    }
};

inline BlockArrays random_arrays(const BlockShape& shape, std::uint64_t seed)
{
    BlockArrays arrays;
    bool const centred = shape.norm == Norm::layer_norm;
    if (shape.norm_placement != NormPlacement::none) {
        arrays.add_norm("attention_norm", shape.width, centred, seed);
        if (shape.has_mlp_norm()) arrays.add_norm("mlp_norm", shape.width, centred, seed + 10);
    }
    std::size_t const width = shape.width;
    arrays.add_linear("attention.query", width, shape.query_width(), shape.biases.qkv, seed + 20);
    arrays.add_linear("attention.key", width, shape.key_width(), shape.biases.qkv, seed + 30);
    arrays.add_linear("attention.value", width, shape.key_width(), shape.biases.qkv, seed + 40);
    arrays.add_linear("attention.projection", shape.query_width(), width, shape.biases.projection,
                      seed + 50);
    arrays.add_linear("mlp.up", width, shape.mlp_width, shape.biases.mlp, seed + 60);
    if (shape.mlp.gated)
        arrays.add_linear("mlp.gate", width, shape.mlp_width, shape.biases.mlp, seed + 70);
    arrays.add_linear("mlp.down", shape.mlp_width, width, shape.biases.mlp, seed + 80);
    return arrays;
}

/// What the loops compute with such arrays.
class BlockByHand {
public:
    BlockByHand(const BlockShape& shape, const BlockArrays& arrays) : shape_(shape), arrays_(arrays)
    {
    }

    Matrix linear(const std::string& name, const Matrix& x) const
    {
        std::vector<float> const& weight = arrays_.values.at(name + ".weight");
        std::size_t const outputs = arrays_.extents.at(name + ".weight")[0];
        auto const bias = arrays_.values.find(name + ".bias");
        Matrix y(x.size(), std::vector<double>(outputs));
        for (std::size_t i = 0; i < x.size(); ++i) {
            for (std::size_t n = 0; n < outputs; ++n) {
                double sum = bias == arrays_.values.end() ? 0.0 : double(bias->second[n]);
                for (std::size_t k = 0; k < x[i].size(); ++k)
                    sum += x[i][k] * double(weight[n * x[i].size() + k]);
                y[i][n] = sum;
            }
        }
        return y;
    }

    Matrix norm(const std::string& name, Matrix x) const
    {
        std::vector<float> const& gain = arrays_.values.at(name + ".weight");
        bool const centred = shape_.norm == Norm::layer_norm;
        for (std::vector<double>& row : x) {
            auto const count = static_cast<double>(row.size());
            double mean = 0.0;
            for (double const value : row) mean += value / count;
            if (!centred) mean = 0.0;
            double variance = 0.0;
            for (double const value : row) variance += (value - mean) * (value - mean) / count;
            for (std::size_t j = 0; j < row.size(); ++j) {
                row[j] = (row[j] - mean) / std::sqrt(variance + double(shape_.norm_epsilon)) *
                         double(gain[j]);
                if (centred) row[j] += double(arrays_.values.at(name + ".bias")[j]);
            }
        }
        return x;
    }

    Matrix mlp(const Matrix& x) const
    {
        Matrix up = linear("mlp.up", x);
        Matrix const gate = shape_.mlp.gated ? linear("mlp.gate", x) : Matrix();
        for (std::size_t i = 0; i < up.size(); ++i) {
            for (std::size_t j = 0; j < up[i].size(); ++j)
                up[i][j] = shape_.mlp.gated ? activate(gate[i][j]) * up[i][j] : activate(up[i][j]);
        }
        return linear("mlp.down", up);
    }

    /// Of a sequence from its first row on.
    Matrix attention(const Matrix& x, bool causal) const
    {
        Matrix query = linear("attention.query", x);
        Matrix key = linear("attention.key", x);
        Matrix const value = linear("attention.value", x);
        for (std::size_t i = 0; i < x.size(); ++i) {
            turn(query[i], i, shape_.heads);
            turn(key[i], i, shape_.kv_heads);
        }
        Matrix out(x.size(), std::vector<double>(shape_.query_width()));
        for (std::size_t i = 0; i < x.size(); ++i)
            for (std::size_t head = 0; head < shape_.heads; ++head)
                attend(query[i], key, value, i, head, causal, out[i]);
        return linear("attention.projection", out);
    }

    Matrix block(const Matrix& x, bool causal) const
    {
        if (shape_.norm_placement == NormPlacement::after) {
            Matrix const y = norm("attention_norm", sum(x, attention(x, causal)));
            return norm("mlp_norm", sum(y, mlp(y)));
        }
        bool const normed = shape_.norm_placement == NormPlacement::before;
        Matrix const a = normed ? norm("attention_norm", x) : x;
        if (shape_.residual == Residual::sequential) {
            Matrix const y = sum(x, attention(a, causal));
            return sum(y, mlp(normed ? norm("mlp_norm", y) : y));
        }
        Matrix const m = normed && shape_.has_mlp_norm() ? norm("mlp_norm", x) : a;
        return sum(x, sum(attention(a, causal), mlp(m)));
    }

private:
    static Matrix sum(Matrix a, const Matrix& b)
    {
        for (std::size_t i = 0; i < a.size(); ++i)
            for (std::size_t j = 0; j < a[i].size(); ++j) a[i][j] += b[i][j];
        return a;
    }

    double activate(double x) const
    {
        switch (shape_.mlp.activation) {
        case Activation::gelu_tanh:
            return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
        case Activation::gelu:
            return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
        case Activation::silu:
            return x / (1.0 + std::exp(-x));
        default:
            return std::max(x, 0.0);
        }
    }

    void turn(std::vector<double>& row, std::size_t position, std::size_t heads) const
    {
        std::size_t const turned = shape_.rotary_width;
        bool const halves = shape_.rotary.pairing == RotaryPairing::halves;
        for (std::size_t head = 0; head < heads; ++head) {
            double* const x = row.data() + head * shape_.head_width;
            for (std::size_t pair = 0; pair < turned / 2; ++pair) {
                double const angle =
                    double(position) *
                    std::pow(double(shape_.rotary.base), -2.0 * double(pair) / double(turned));
                double& a = x[halves ? pair : 2 * pair];
                double& b = x[halves ? pair + turned / 2 : 2 * pair + 1];
                double const turned_a = a * std::cos(angle) - b * std::sin(angle);
                b = b * std::cos(angle) + a * std::sin(angle);
                a = turned_a;
            }
        }
    }

    void attend(const std::vector<double>& query, const Matrix& key, const Matrix& value,
                std::size_t row, std::size_t head, bool causal, std::vector<double>& out) const
    {
        std::size_t const width = shape_.head_width;
        std::size_t const key_head = head / (shape_.heads / shape_.kv_heads);
        std::size_t const last = causal ? row : key.size() - 1;
        std::size_t const first = last + 1 - std::min(shape_.window, last + 1);
        std::vector<double> weights;
        double total = 0.0;
        for (std::size_t j = first; j <= last; ++j) {
            double score = 0.0;
            for (std::size_t k = 0; k < width; ++k)
                score += query[head * width + k] * key[j][key_head * width + k];
            weights.push_back(std::exp(score / std::sqrt(double(width))));
            total += weights.back();
        }
        for (std::size_t j = first; j <= last; ++j)
            for (std::size_t k = 0; k < width; ++k)
                out[head * width + k] +=
                    weights[j - first] / total * value[j][key_head * width + k];
    }

    BlockShape shape_;
    const BlockArrays& arrays_;
};

inline Matrix matrix_of(const std::vector<float>& values, std::size_t cols)
{
    Matrix matrix(values.size() / cols);
    for (std::size_t i = 0; i < matrix.size(); ++i)
        matrix[i].assign(values.begin() + static_cast<std::ptrdiff_t>(i * cols),
                         values.begin() + static_cast<std::ptrdiff_t>((i + 1) * cols));
    return matrix;
}

inline std::vector<float> values_of(const Matrix& matrix)
{
    std::vector<float> values;
    for (const auto& row : matrix)
        for (double const value : row) values.push_back(static_cast<float>(value));
    return values;
}

} // namespace tfm::testing
