#pragma once

/// \file
/// The shape of an encoder, as a structural type like `DecoderShape`.

#include <cstddef>

#include "decoder_shape.hpp"

namespace tfm {

/// What of a sequence's tokens stands for all of it.
enum class Pooling {
    first, ///< the first token, BERT's [CLS]
    mean,  ///< the mean of all tokens
};

/// What the pooled features pass through before they are handed out or classified: a matmul with a
/// bias from width to width and a non-linearity, or nothing.
enum class Pooler {
    none,
    tanh, ///< BERT's pooler
    relu, ///< what DistilBERT's classifier has before its labels
};

/// What an encoder-only transformer is built from: blocks as a decoder's whose norms come after
/// attention and MLP, with attention to the whole sequence. The defaults are BERT's choices.
struct EncoderShape {
    std::size_t vocab;           ///< tokens in the vocabulary
    std::size_t context;         ///< positions the model was trained for
    std::size_t width;           ///< features of the residual stream
    std::size_t heads;           ///< attention heads; must divide width
    std::size_t layers;          ///< blocks
    std::size_t mlp_width = 0;   ///< features between the MLP's matmuls; 0 means 4 * width
    std::size_t token_types = 2; ///< kinds of token with an embedding of their own; 0 for no table
    Activation activation = Activation::gelu; ///< between the matmuls of the MLP
    float norm_epsilon = 1e-12F;              ///< added to the variance in norms
    Pooling pooling = Pooling::first;         ///< what stands for a whole sequence
    Pooler pooler = Pooler::none;             ///< what it passes through
    std::size_t labels = 0;                   ///< outputs of the classifier; 0 for none

    /// The shape of the blocks and of the embeddings under them.
    constexpr DecoderShape body() const noexcept
    {
        return {.vocab = vocab,
                .context = context,
                .width = width,
                .heads = heads,
                .layers = layers,
                .mlp_width = mlp_width,
                .activation = activation,
                .norm_epsilon = norm_epsilon,
                .norm_placement = NormPlacement::after};
    }

    /// Features between the MLP's matmuls.
    constexpr std::size_t hidden() const noexcept { return body().hidden(); }
    /// Features of a head.
    constexpr std::size_t head_width() const noexcept { return body().head_width(); }

    /// Parameters of a model of this shape.
    constexpr std::size_t parameters() const noexcept
    {
        std::size_t const pooled = pooler == Pooler::none ? 0 : width * width + width;
        std::size_t const classified = labels == 0 ? 0 : width * labels + labels;
        return body().parameters() + token_types * width + 2 * width + pooled + classified;
    }

    friend constexpr bool operator==(const EncoderShape&, const EncoderShape&) = default;
};

/// Rule: no extent of a shape is zero.
template <EncoderShape S>
struct NonEmptyEncoder : std::true_type {
    static_assert(
        S.vocab > 0 && S.context > 0 && S.width > 0 && S.layers > 0,
        "tfm: vocab, context, width and layers of an EncoderShape must be at least 1. Set "
        "all of them: {.vocab = ..., .context = ..., .width = ..., .heads = ..., .layers "
        "= ...}.");
};

/// Rule: there is a classifier.
template <std::size_t Labels>
struct HasLabels : std::true_type {
    static_assert(Labels > 0, "tfm: an EncoderShape without labels has no classifier: set .labels "
                              "to the number of classes, or call encode or encode_pooled.");
};

} // namespace tfm
