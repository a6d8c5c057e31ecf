#pragma once

/// \file
/// Small decoders with random parameters for the tests of nn/ and generate/. What they compute is
/// compared with itself only where two ways must agree; PyTorch's values are in tests/models.

#include <cstddef>
#include <random>
#include <span>
#include <type_traits>
#include <vector>

#include <tfm/kernels/pack.hpp>
#include <tfm/nn/forward.hpp>

#include "../models/relative_difference.hpp"

namespace tfm::testing {

inline constexpr DecoderShape odd_shape{
    .vocab = 53, .context = 320, .width = 36, .heads = 3, .layers = 2, .mlp_width = 70};

/// Fills one parameter of a model with random numbers, the same in every precision but for its
/// rounding.
class RandomParameters {
public:
    explicit RandomParameters(unsigned seed) : random_(seed) {}

    void fill(const ParameterTensor& entry)
    {
        entry.tensor.visit([&](auto& tensor) { fill(entry.parameter, tensor); });
    }

private:
    /// Large enough that attention is not flat and every path matters.
    static float deviation(const Parameter& parameter)
    {
        if (parameter.in_block() && parameter.kind == ParameterKind::weight) return 0.3F;
        if (parameter.kind == ParameterKind::weight) return 0.5F;
        return parameter.kind == ParameterKind::table ? 0.3F : 0.2F;
    }

    float draw(const Parameter& parameter)
    {
        float const mean = parameter.kind == ParameterKind::gain ? 1.0F : 0.0F;
        return mean + deviation(parameter) * normal_(random_);
    }

    Tensor<float, RowMajor<>> draw_matrix(const Parameter& parameter)
    {
        Tensor<float, RowMajor<>> matrix({parameter.rows, parameter.cols});
        for (std::size_t i = 0; i < matrix.size(); ++i) matrix.data()[i] = draw(parameter);
        return matrix;
    }

    template <class T>
    void fill(const Parameter& parameter, Tensor<T, Packed<>>& weight)
    {
        pack(draw_matrix(parameter).view(), weight.view());
    }
    void fill(const Parameter& parameter, QuantizedTensor<>& weight)
    {
        pack(draw_matrix(parameter).view(), weight);
    }
    template <RowsLayout L>
    void fill(const Parameter& parameter, Tensor<float, L>& tensor)
    {
        for (std::size_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = draw(parameter);
    }

    std::mt19937 random_;
    std::normal_distribution<float> normal_{0.0F, 1.0F};
};

/// A model of these sizes with random parameters.
template <class Model, class Shape>
Model random_model(const Shape& sizes, unsigned seed)
{
    Model model(sizes);
    RandomParameters random(seed);
    for (const ParameterTensor& entry : parameters_of(model)) random.fill(entry);
    return model;
}

template <DecoderShape S, Precision P = precision::fp32>
Decoder<S, P> random_decoder(unsigned seed)
{
    return random_model<Decoder<S, P>>(S, seed);
}

inline std::vector<Token> random_tokens(std::size_t vocab, std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::uniform_int_distribution<Token> token(0, static_cast<Token>(vocab) - 1);
    std::vector<Token> tokens(count);
    for (Token& t : tokens) t = token(random);
    return tokens;
}

template <auto S>
std::vector<Token> random_tokens(std::size_t count, unsigned seed)
{
    return random_tokens(S.vocab, count, seed);
}

/// The logits a batch asks for, row after row.
template <DecoderShape S, Precision P>
std::vector<float> logits_of(const Decoder<S, P>& model, Workspace<S, P>& workspace,
                             std::type_identity_t<std::span<const Rows<S, P>>> batch)
{
    std::size_t wanted = 0;
    for (auto const& rows : batch) wanted += rows.logit_rows();
    std::size_t const vocab = model.sizes().vocab;
    std::vector<float> logits(wanted * vocab);
    forward(model, workspace, batch, {logits.data(), {wanted, vocab}});
    return logits;
}

/// All logits of one sequence in one pass of a fresh session.
template <DecoderShape S, Precision P>
std::vector<float> all_logits(const Decoder<S, P>& model, std::span<const Token> tokens,
                              WorkspaceOptions options = {.threads = 1})
{
    Workspace<S, P> workspace(model, options);
    Session<S, P> session(model);
    Rows<S, P> const rows{&session, tokens, Logits::all};
    return logits_of<S>(model, workspace, std::span(&rows, 1));
}

} // namespace tfm::testing
