#pragma once

/// \file
/// The shape and the precision of a decoder, as structural types: values of them are template
/// arguments, so a model's sizes are part of its type.

#include <cstddef>

#include "../tensor/concepts.hpp"

namespace tfm {

/// The non-linearity between the two matmuls of an MLP.
enum class Activation {
    gelu_tanh, ///< GELU's tanh approximation (`gelu_new`, `gelu_pytorch_tanh`)
    gelu,      ///< GELU by the error function
};

/// The sizes of a GPT-2-style decoder: learned positions, pre-norm blocks, biases throughout.
struct DecoderShape {
    std::size_t vocab;         ///< tokens in the vocabulary
    std::size_t context;       ///< positions the model was trained for
    std::size_t width;         ///< features of the residual stream
    std::size_t heads;         ///< attention heads; must divide width
    std::size_t layers;        ///< blocks
    std::size_t mlp_width = 0; ///< features between the MLP's matmuls; 0 means 4 * width
    Activation activation = Activation::gelu_tanh;
    float norm_epsilon = 1e-5F; ///< added to the variance in layer norms
    bool tied_head = true;      ///< the output head is the token embedding

    constexpr std::size_t head_width() const noexcept { return width / heads; }
    constexpr std::size_t hidden() const noexcept { return mlp_width == 0 ? 4 * width : mlp_width; }

    /// Parameters of a model of this shape, each tied matrix counted once.
    constexpr std::size_t parameters() const noexcept
    {
        std::size_t const attention = 4 * (width * width + width);
        std::size_t const mlp = 2 * width * hidden() + hidden() + width;
        std::size_t const norms = 2 * 2 * width;
        std::size_t const embeddings = (vocab + context) * width;
        std::size_t const head = tied_head ? 0 : vocab * width;
        return layers * (attention + mlp + norms) + embeddings + 2 * width + head;
    }

    friend constexpr bool operator==(const DecoderShape&, const DecoderShape&) = default;
};

/// How numbers are stored.
enum class Dtype { fp32, bf16, int8 };

/// What a model's parts are stored and computed in.
struct Precision {
    Dtype weights;
    Dtype activations;     ///< inputs of the matmuls; sums and the residual stream are always fp32
    Dtype kv;              ///< the key-value cache
    std::size_t group = 0; ///< rows of K that share a scale, 0 for a whole column

    friend constexpr bool operator==(const Precision&, const Precision&) = default;
};

namespace precision {
/// Everything in single precision: the reference the others are compared with.
inline constexpr Precision fp32{Dtype::fp32, Dtype::fp32, Dtype::fp32};
} // namespace precision

template <std::size_t W>
struct Width : extent_constant<W> {
};
template <std::size_t H>
struct Heads : extent_constant<H> {
};

/// Rule: heads share the width evenly.
template <class W, class H>
struct HeadsDivideWidth : std::true_type {
    static_assert(
        H::value != 0 && W::value % (H::value == 0 ? 1 : H::value) == 0,
        "tfm: the width of a DecoderShape must be a multiple of its heads: the compiler's "
        "note HeadsDivideWidth<Width<w>, Heads<h>> names both. Change one of them.");
};

/// Rule: no extent of a shape is zero.
template <DecoderShape S>
struct NonEmptyShape : std::true_type {
    static_assert(S.vocab > 0 && S.context > 0 && S.width > 0 && S.layers > 0,
                  "tfm: vocab, context, width and layers of a DecoderShape must be at least 1. Set "
                  "all of them: {.vocab = ..., .context = ..., .width = ..., .heads = ..., .layers "
                  "= ...}.");
};

/// Rule: there are kernels for the precision.
template <Precision P>
struct SupportedPrecision : std::true_type {
    static_assert(P == precision::fp32,
                  "tfm: this version computes in tfm::precision::fp32 only. Use it as the second "
                  "argument of Decoder<shape, precision>.");
};

} // namespace tfm
