#pragma once

/// \file
/// `Decoder<shape, precision>`: a decoder-only transformer.

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "decoder_weights.hpp"
#include "feed_forward.hpp"
#include "session.hpp"
#include "workspace.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// A decoder of any sizes in precision P: its parameters and the code of its form.
template <Precision P>
struct DecoderModel {
    DecoderWeights<P.weights> weights;
    InnerFeatures<P> inner_features;
};

/// A decoder of the kind `stated` with the sizes `found`, all parameters zero. Throws `tfm::Error`
/// for sizes that break a rule or are of another kind.
template <Precision P>
DecoderModel<P> make_decoder(const DecoderShape& stated, const DecoderShape& found,
                             InnerFeatures<P> inner_features)
{
    require(is_kind_of(stated, found), [] {
        return "tfm::Decoder: expected a shape of the sizes and choices that the type states";
    });
    return {DecoderWeights<P.weights>(found), inner_features};
}

} // namespace detail

/// A decoder with parameters in precision P. Immutable once loaded, and then shared by any number
/// of threads, sessions and workspaces. Move-only.
///
/// A shape of numbers is checked by the compiler, and its sizes and byte budgets are constants; one
/// of `dyn` sizes runs any folder that makes the same choices (`Decoder<gpt2::any>`). Both are
/// handles of one implementation, which is compiled once for a precision.
template <DecoderShape S, Precision P = precision::fp32>
class Decoder {
    static_assert(NonEmptyShape<S>::value);
    static_assert(ConsistentHeads<S>::value);
    static_assert(SupportedPrecision<P>::value);

    static constexpr MlpForm form{S.activation, S.gated_mlp};

public:
    static constexpr DecoderShape shape = S;  ///< sizes, `dyn` where a folder says them; choices
    static constexpr Precision precision = P; ///< of weights, activations and cache

    using Session = tfm::Session<S, P>;     ///< a sequence for this model
    using Workspace = tfm::Workspace<S, P>; ///< memory for its forward passes
    using Rows = tfm::Rows<S, P>;           ///< what `forward` takes of a session

    /// Not filled yet, which `forward` refuses; see `load_parameters` and `init_random`.
    Decoder() requires(S.is_static()) : Decoder(S) {}

    /// The same with sizes known at run time, every one of them a number. Throws `tfm::Error` for
    /// sizes that break a rule, or where they or the choices are not those of S.
    explicit Decoder(const DecoderShape& sizes)
        : Decoder(detail::make_decoder<P>(S, sizes, inner_features))
    {
    }

    /// Reads a Hugging Face folder (config.json and model.safetensors) of any family that
    /// models/family.hpp knows, or maps the packed file in it (models/packed_file.hpp). Defined in
    /// models/load.hpp.
    /// Throws `tfm::Error` naming file, tensor, expected and found.
    static Decoder load(const std::filesystem::path& folder);

    /// Sizes and choices, every size a number.
    const DecoderShape& sizes() const noexcept { return model_.weights.shape; }

    /// The embedding of tokens (width, vocab), which is also the head when that is tied.
    WeightView<P.weights, S.width, S.vocab> token_embedding() const noexcept
    {
        return nn_detail::with_extents<S.width, S.vocab>(model_.weights.token_embedding.view());
    }
    /// The output head (width, vocab): its own matrix or the token embedding.
    WeightView<P.weights, S.width, S.vocab> head() const noexcept
    {
        return nn_detail::with_extents<S.width, S.vocab>(model_.weights.head());
    }

    /// Bytes of all parameters, padding of the packed layout included.
    static constexpr std::size_t weight_bytes() noexcept requires(S.is_static())
    {
        return nn_detail::parameter_bytes(S, P.weights);
    }
    /// The same of a model whose sizes are known at run time.
    std::size_t weight_bytes() const noexcept requires(!S.is_static())
    {
        return nn_detail::parameter_bytes(sizes(), P.weights);
    }

    /// The model itself, whatever its sizes, for `forward`.
    const detail::DecoderModel<P>& model() const noexcept { return model_; }
    /// The same for a loader.
    detail::DecoderModel<P>& model() noexcept { return model_; }

private:
    static constexpr detail::InnerFeatures<P> inner_features = &detail::inner_features<form, P>;

    explicit Decoder(detail::DecoderModel<P> model) noexcept : model_(std::move(model)) {}

    detail::DecoderModel<P> model_;
};

/// Every parameter of the model, in the order of its shape's list, with the tensor that holds it,
/// to be filled by hand: the model counts as filled from then on. They stay valid until it is
/// moved. Rotary features of queries and keys stand pair by pair (`rotary_source`), which
/// `load_parameters` sees to.
template <DecoderShape S, Precision P>
std::vector<ParameterTensor> parameters_of(Decoder<S, P>& model)
{
    model.model().weights.is_filled = true;
    return nn_detail::list_parameters(model.model().weights);
}

template <DecoderShape S, Precision P>
Session<S, P>::Session(const Decoder<S, P>& model) : Session(model, model.sizes().context)
{
}

template <DecoderShape S, Precision P>
Session<S, P>::Session(const Decoder<S, P>& model, std::size_t max_positions)
    : sequence_(nn_detail::cache_shape(model.sizes()), max_positions, model.sizes().context)
{
}

template <DecoderShape S, Precision P>
Workspace<S, P>::Workspace(const Decoder<S, P>& model, WorkspaceOptions options)
    : memory_(model.sizes(), options)
{
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
