#pragma once

/// \file
/// `Decoder<shape, precision>`: the parameters of a decoder-only transformer.

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <type_traits>
#include <utility>

#include "block.hpp"
#include "session.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

template <DecoderShape S, Precision P>
class Workspace;

/// A decoder of shape S with parameters in precision P. Immutable once loaded, and then shared by
/// any number of threads, sessions and workspaces. Move-only.
template <DecoderShape S, Precision P = precision::fp32>
class Decoder {
    static_assert(NonEmptyShape<S>::value);
    static_assert(ConsistentHeads<S>::value);
    static_assert(SupportedPrecision<P>::value);

public:
    static constexpr DecoderShape shape = S;  ///< sizes and choices
    static constexpr Precision precision = P; ///< of weights, activations and cache

    using Session = tfm::Session<S, P>;     ///< a sequence for this model
    using Workspace = tfm::Workspace<S, P>; ///< memory for its forward passes
    using Rows = tfm::Rows<S, P>;           ///< what `forward` takes of a session

    /// All parameters zero; a loader fills them.
    Decoder() = default;

    /// Reads a Hugging Face folder (config.json and model.safetensors) of any family that
    /// models/family.hpp knows, or maps the packed file in it (models/packed_file.hpp). Defined in
    /// models/load.hpp.
    /// Throws `tfm::Error` naming file, tensor, expected and found.
    static Decoder load(const std::filesystem::path& folder);

    Weight<P.weights, S.width, S.vocab> token_embedding; ///< also the head when that is tied
    /// Empty unless positions are learned.
    Tensor<float, RowMajor<S.positions == Positions::learned ? S.context : 0, S.width>>
        position_embedding;
    /// On the heap, so that moving a model is cheap.
    std::unique_ptr<std::array<Block<S, P.weights>, S.layers>> blocks =
        std::make_unique<std::array<Block<S, P.weights>, S.layers>>();
    NormOf<S> final_norm; ///< unused where the blocks end in norms

    /// The output head (width, vocab): its own matrix or the token embedding.
    WeightView<P.weights, S.width, S.vocab> head() const noexcept
    {
        if constexpr (S.tied_head) {
            return token_embedding.view();
        } else {
            return untied_head_.view();
        }
    }

    /// The matrix to load an untied head into.
    Weight<P.weights, S.width, S.vocab>& untied_head() noexcept requires(!S.tied_head)
    {
        return untied_head_;
    }

    /// Keeps what the tensors were borrowed from alive as long as the model.
    void keep_alive(std::shared_ptr<const void> memory) noexcept { memory_ = std::move(memory); }

    /// Bytes of all parameters, padding of the packed layout included.
    static constexpr std::size_t weight_bytes() noexcept
    {
        constexpr auto linear = [](std::size_t k, std::size_t n, bool bias) {
            return tfm::weight_bytes<P.weights>(k, n) + (bias ? n * sizeof(float) : 0);
        };
        constexpr std::size_t attention = linear(S.width, S.query_width(), S.biases.qkv) +
                                          2 * linear(S.width, S.key_width(), S.biases.qkv) +
                                          linear(S.query_width(), S.width, S.biases.projection);
        constexpr std::size_t mlp =
            (S.gated_mlp ? 2 : 1) * linear(S.width, S.hidden(), S.biases.mlp) +
            linear(S.hidden(), S.width, S.biases.mlp);
        constexpr std::size_t embeddings =
            (S.tied_head ? 1 : 2) * tfm::weight_bytes<P.weights>(S.width, S.vocab) +
            (S.positions == Positions::learned ? S.context * S.width * sizeof(float) : 0);
        constexpr std::size_t norms = (2 * S.layers + 1) * S.norm_parameters() * sizeof(float);
        return S.layers * (attention + mlp) + norms + embeddings;
    }

private:
    struct Tied {};
    [[no_unique_address]] std::conditional_t<S.tied_head, Tied, Weight<P.weights, S.width, S.vocab>>
        untied_head_;
    std::shared_ptr<const void> memory_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
