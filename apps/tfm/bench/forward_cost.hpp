#pragma once

/// \file
/// What forward passes must do at least: the bytes they read and their multiplications and
/// additions.

#include <algorithm>
#include <cstddef>

#include <tfm/nn/decoder_shape.hpp>
#include <tfm/nn/precision.hpp>

namespace tfm_program {

/// What the work of a model depends on.
struct ModelKind {
    tfm::DecoderShape shape;
    tfm::Precision precision;
};

/// Work of some forward passes, or their mean.
struct ForwardCost {
    double bytes;  ///< read from memory
    double flops;  ///< multiplications and additions
    double passes; ///< each reads the weights anew

    /// Bytes of one pass: what the caches would have to hold.
    constexpr double pass_bytes() const noexcept { return bytes / passes; }

    friend constexpr ForwardCost operator+(const ForwardCost& a, const ForwardCost& b) noexcept
    {
        return {a.bytes + b.bytes, a.flops + b.flops, a.passes + b.passes};
    }
    friend constexpr ForwardCost operator/(const ForwardCost& cost, double count) noexcept
    {
        return {cost.bytes / count, cost.flops / count, cost.passes / count};
    }
};

/// Numbers that a pass reads whatever its tokens are. Rows of embeddings that are only looked up
/// are not among them; a tied token embedding is the matrix of the head.
struct ParametersRead {
    std::size_t blocks = 0;  ///< in the matrices of the blocks
    std::size_t head = 0;    ///< in the matrix of the head
    std::size_t vectors = 0; ///< in gains and biases
};

constexpr ParametersRead parameters_read(const tfm::DecoderShape& shape) noexcept
{
    ParametersRead read;
    shape.visit_parameters([&](const tfm::Parameter& parameter) {
        using Kind = tfm::ParameterKind;
        if (parameter.kind == Kind::gain || parameter.kind == Kind::bias)
            read.vectors += parameter.size();
        else if (parameter.kind == Kind::weight && parameter.in_block())
            read.blocks += parameter.size();
    });
    read.head = shape.width * shape.vocab;
    return read;
}

/// Every weight once. Vectors are in fp32; scales of columns are too few to count.
constexpr double weight_bytes_read(const ModelKind& model) noexcept
{
    ParametersRead const read = parameters_read(model.shape);
    return static_cast<double>(size_of(model.precision.weights) * (read.blocks + read.head) +
                               sizeof(float) * read.vectors);
}

/// The keys and values of so many positions, and in int8 the scale that each has for every head.
constexpr double kv_bytes_read(const ModelKind& model, std::size_t positions) noexcept
{
    tfm::BlockShape const block = model.shape.block();
    std::size_t const scales =
        model.precision.kv == tfm::Dtype::int8 ? sizeof(float) * block.kv_heads : 0;
    std::size_t const row = size_of(model.precision.kv) * block.key_width() + scales;
    return static_cast<double>(2 * model.shape.layers * row *
                               std::min(positions, block.window - 1));
}

/// Pairs of a token and one that it attends to: the past, those before it in the pass and itself,
/// as far as the window reaches.
constexpr double pairs_attended(const tfm::DecoderShape& shape, std::size_t past,
                                std::size_t tokens) noexcept
{
    std::size_t const window = shape.block().window;
    // So many tokens see all that precedes them; each further one sees the whole window.
    std::size_t const unlimited = past >= window ? 0 : std::min(tokens, window - past);
    std::size_t const seen = unlimited * past + unlimited * (unlimited + 1) / 2;
    return static_cast<double>(seen + (tokens == unlimited ? 0 : (tokens - unlimited) * window));
}

/// A pass that appends `tokens` to each of `sessions` with `past` positions, and computes the
/// logits of the last ones. The weights are read once for all; each session's cache is its own.
constexpr ForwardCost cost_of_pass(const ModelKind& model, std::size_t sessions, std::size_t past,
                                   std::size_t tokens, std::size_t logit_rows = 1) noexcept
{
    const tfm::DecoderShape& shape = model.shape;
    ParametersRead const read = parameters_read(shape);
    auto const batch = static_cast<double>(sessions);
    // A multiplication and an addition for each number of a matrix, and in attention for each
    // feature of the queries twice: q K and P V.
    double const matmuls = 2.0 * static_cast<double>(read.blocks) * static_cast<double>(tokens);
    double const attention = 4.0 * static_cast<double>(shape.layers * shape.query_width()) *
                             pairs_attended(shape, past, tokens);
    double const head = 2.0 * static_cast<double>(read.head) * static_cast<double>(logit_rows);
    return {.bytes = weight_bytes_read(model) + batch * kv_bytes_read(model, past),
            .flops = batch * (matmuls + attention + head),
            .passes = 1};
}

/// `steps` decoding steps, the first after `past` positions.
constexpr ForwardCost cost_of_decoding(const ModelKind& model, std::size_t sessions,
                                       std::size_t past, std::size_t steps) noexcept
{
    ForwardCost sum{0, 0, 0};
    for (std::size_t i = 0; i < steps; ++i) sum = sum + cost_of_pass(model, sessions, past + i, 1);
    return sum;
}

} // namespace tfm_program
