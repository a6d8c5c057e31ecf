#pragma once

/// \file
/// What forward passes must do at least: the bytes they read and their multiplications and
/// additions.

#include <cstddef>

#include <tfm/nn/decoder_shape.hpp>
#include <tfm/nn/precision.hpp>

namespace gpt2_program {

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

/// Every weight once, without the rows of the embeddings that are only looked up; a tied token
/// embedding is the matrix of the head. Vectors are in fp32; scales of columns are too few to
/// count.
constexpr double weight_bytes_read(const ModelKind& model) noexcept
{
    const tfm::DecoderShape& shape = model.shape;
    std::size_t const looked_up =
        (shape.context + (shape.tied_head ? 0 : shape.vocab)) * shape.width;
    std::size_t const matrices =
        shape.layers * shape.width * (4 * shape.width + 2 * shape.hidden()) +
        shape.vocab * shape.width;
    std::size_t const vectors = shape.parameters() - looked_up - matrices;
    return static_cast<double>(size_of(model.precision.weights) * matrices +
                               sizeof(float) * vectors);
}

/// The keys and values of so many positions, and in int8 the scale that each has for every head.
constexpr double kv_bytes_read(const ModelKind& model, std::size_t positions) noexcept
{
    const tfm::DecoderShape& shape = model.shape;
    std::size_t const scales =
        model.precision.kv == tfm::Dtype::int8 ? sizeof(float) * shape.heads : 0;
    std::size_t const row = size_of(model.precision.kv) * shape.width + scales;
    return static_cast<double>(2 * shape.layers * row * positions);
}

/// A pass that appends `tokens` to each of `sessions` with `past` positions, and computes the
/// logits of the last ones. The weights are read once for all; each session's cache is its own.
constexpr ForwardCost cost_of_pass(const ModelKind& model, std::size_t sessions, std::size_t past,
                                   std::size_t tokens, std::size_t logit_rows = 1) noexcept
{
    const tfm::DecoderShape& shape = model.shape;
    auto const width = static_cast<double>(shape.width);
    auto const layers = static_cast<double>(shape.layers);
    auto const count = static_cast<double>(tokens);
    auto const batch = static_cast<double>(sessions);
    double const matmuls =
        2.0 * layers * width * (4.0 * width + 2.0 * static_cast<double>(shape.hidden())) * count;
    // Each token attends to the past, to those before it in the pass and to itself.
    double const attended = count * static_cast<double>(past) + count * (count + 1) / 2;
    double const attention = 4.0 * layers * width * attended;
    double const head =
        2.0 * width * static_cast<double>(shape.vocab) * static_cast<double>(logit_rows);
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

} // namespace gpt2_program
