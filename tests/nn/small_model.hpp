#pragma once

/// \file
/// Small decoders with random parameters for the tests of nn/ and generate/. What they compute is
/// compared with itself only where two ways must agree; PyTorch's values are in tests/models.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <span>
#include <type_traits>
#include <vector>

#include <tfm/kernels/pack.hpp>
#include <tfm/nn/forward.hpp>

namespace tfm::testing {

inline constexpr DecoderShape odd_shape{
    .vocab = 53, .context = 320, .width = 36, .heads = 3, .layers = 2, .mlp_width = 70};

/// Parameters large enough that attention is not flat and every path matters.
/// The same in every precision but for its rounding.
template <DecoderShape S, Precision P = precision::fp32>
Decoder<S, P> random_decoder(unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0F, 1.0F);
    Decoder<S, P> model;
    auto const draw_matrix = [&](std::size_t rows, std::size_t cols, float deviation) {
        Tensor<float, RowMajor<>> matrix({rows, cols});
        for (std::size_t k = 0; k < rows; ++k) {
            for (std::size_t n = 0; n < cols; ++n) matrix(k, n) = deviation * normal(random);
        }
        return matrix;
    };
    auto const fill_matrix = [&](auto& weight, float deviation) {
        auto const matrix = draw_matrix(weight.rows(), weight.cols(), deviation);
        if constexpr (P.weights == Dtype::int8) {
            pack(matrix.view(), weight);
        } else {
            pack(matrix.view(), weight.view());
        }
    };
    auto const fill_vector = [&](auto& tensor, float mean, float deviation) {
        for (std::size_t i = 0; i < tensor.cols(); ++i)
            tensor(i) = mean + deviation * normal(random);
    };
    auto const fill_linear = [&](auto& linear) {
        fill_matrix(linear.weight, 0.3F);
        fill_vector(linear.bias, 0.0F, 0.2F);
    };
    auto const fill_norm = [&](auto& norm) {
        fill_vector(norm.gain, 1.0F, 0.2F);
        if constexpr (requires { norm.bias; }) fill_vector(norm.bias, 0.0F, 0.2F);
    };
    fill_matrix(model.token_embedding, 0.5F);
    auto const positions =
        draw_matrix(model.position_embedding.rows(), model.position_embedding.cols(), 0.3F);
    std::copy_n(positions.data(), positions.size(), model.position_embedding.data());
    for (auto& block : *model.blocks) {
        fill_norm(block.attention_norm);
        fill_linear(block.attention.query);
        fill_linear(block.attention.key);
        fill_linear(block.attention.value);
        fill_linear(block.attention.projection);
        fill_norm(block.mlp_norm);
        fill_linear(block.mlp.up);
        fill_linear(block.mlp.gate);
        fill_linear(block.mlp.down);
    }
    fill_norm(model.final_norm);
    if constexpr (!S.tied_head) fill_matrix(model.untied_head(), 0.5F);
    return model;
}

template <DecoderShape S>
std::vector<Token> random_tokens(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::uniform_int_distribution<Token> token(0, static_cast<Token>(S.vocab) - 1);
    std::vector<Token> tokens(count);
    for (Token& t : tokens) t = token(random);
    return tokens;
}

/// The logits a batch asks for, row after row.
template <DecoderShape S, Precision P>
std::vector<float> logits_of(const Decoder<S, P>& model, Workspace<S, P>& workspace,
                             std::type_identity_t<std::span<const Rows<S, P>>> batch)
{
    std::size_t wanted = 0;
    for (auto const& rows : batch) wanted += rows.logit_rows();
    std::vector<float> logits(wanted * S.vocab);
    forward(model, workspace, batch, {logits.data(), {wanted, S.vocab}});
    return logits;
}

/// All logits of one sequence in one pass of a fresh session.
template <DecoderShape S, Precision P>
std::vector<float> all_logits(const Decoder<S, P>& model, std::span<const Token> tokens,
                              WorkspaceOptions options = {.threads = 1})
{
    Workspace<S, P> workspace(options);
    Session<S, P> session;
    Rows<S, P> const rows{&session, tokens, Logits::all};
    return logits_of<S>(model, workspace, std::span(&rows, 1));
}

/// Largest absolute difference over the standard deviation of `expected`.
inline double relative_difference(std::span<const float> expected, std::span<const float> found)
{
    double sum = 0.0;
    double squares = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        double const value = expected[i];
        sum += value;
        squares += value * value;
        largest = std::max(largest, std::abs(value - static_cast<double>(found[i])));
    }
    double const count = static_cast<double>(expected.size());
    double const mean = sum / count;
    return largest / std::sqrt(squares / count - mean * mean);
}

} // namespace tfm::testing
