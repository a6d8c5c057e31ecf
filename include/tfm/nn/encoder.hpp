#pragma once

/// \file
/// `Encoder<shape, precision>`: the parameters of an encoder-only transformer.

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "block.hpp"
#include "encoder_shape.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

template <EncoderShape S, Precision P>
class EncoderWorkspace;

/// An encoder of shape S with the matrices of its blocks in precision P; embeddings, pooler and
/// classifier are fp32. Immutable once loaded, and then shared by
/// any number of threads and workspaces. Move-only.
template <EncoderShape S, Precision P = precision::fp32>
class Encoder {
    static_assert(NonEmptyEncoder<S>::value);
    static_assert(HeadsDivideWidth<Width<S.width>, Heads<S.heads>>::value);
    static_assert(SupportedPrecision<P>::value);
    static_assert(EncoderPrecision<P>::value);

public:
    static constexpr EncoderShape shape = S;  ///< sizes and choices
    static constexpr Precision precision = P; ///< of weights and activations

    using Workspace = EncoderWorkspace<S, P>; ///< memory for its forward passes

    /// All parameters zero; a loader fills them.
    Encoder() = default;

    /// Reads a Hugging Face folder (config.json and model.safetensors) of a BERT or DistilBERT.
    /// What the shape has no use for (a pooler, a head for another task) is left out. Defined in
    /// models/load_encoder.hpp.
    /// Throws `tfm::Error` naming file, tensor, expected and found.
    static Encoder load(const std::filesystem::path& folder);

    /// Features of a sequence pass through a layer from width to width, if there is one.
    static constexpr std::size_t pooler_width = S.pooler == Pooler::none ? 0 : S.width;

    Tensor<float, RowMajor<S.vocab, S.width>> token_embedding;      ///< a row per token
    Tensor<float, RowMajor<S.context, S.width>> position_embedding; ///< a row per position
    Tensor<float, RowMajor<S.token_types, S.width>> type_embedding; ///< empty without token types
    LayerNorm<S.width> embedding_norm;                              ///< of the sum of the tables
    /// On the heap, so that moving a model is cheap.
    std::unique_ptr<std::array<Block<S.body(), P.weights>, S.layers>> blocks =
        std::make_unique<std::array<Block<S.body(), P.weights>, S.layers>>();
    Linear<S.width, pooler_width> pooler; ///< empty without one
    Linear<S.width, S.labels> classifier; ///< empty without labels

    /// Bytes of all parameters, padding of the packed layout included.
    static constexpr std::size_t weight_bytes() noexcept
    {
        constexpr auto linear = [](std::size_t k, std::size_t n) {
            return tfm::weight_bytes<P.weights>(k, n) + n * sizeof(float);
        };
        constexpr auto head = [](std::size_t k, std::size_t n) {
            return tfm::weight_bytes<Dtype::fp32>(k, n) + n * sizeof(float);
        };
        constexpr std::size_t block = 4 * linear(S.width, S.width) + linear(S.width, S.hidden()) +
                                      linear(S.hidden(), S.width) + 4 * S.width * sizeof(float);
        constexpr std::size_t tables = (S.vocab + S.context + S.token_types + 2) * S.width;
        return S.layers * block + tables * sizeof(float) + head(S.width, pooler_width) +
               head(S.width, S.labels);
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
