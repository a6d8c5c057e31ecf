#pragma once

/// \file
/// `Encoder<shape, precision>`: an encoder-only transformer.

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "encoder_weights.hpp"
#include "encoder_workspace.hpp"
#include "feed_forward.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// An encoder of any sizes in precision P: its parameters and the code of its form.
template <Precision P>
struct EncoderModel {
    EncoderWeights<P.weights> weights;
    InnerFeatures<P> inner_features;
};

/// An encoder of the kind `stated` with the sizes `found`, all parameters zero. Throws `tfm::Error`
/// for sizes that break a rule or are of another kind.
template <Precision P>
EncoderModel<P> make_encoder(const EncoderShape& stated, const EncoderShape& found,
                             InnerFeatures<P> inner_features)
{
    require(is_kind_of(stated, found), [] {
        return "tfm::Encoder: expected a shape of the sizes and choices that the type states";
    });
    return {EncoderWeights<P.weights>(found), inner_features};
}

} // namespace detail

/// An encoder with the matrices of its blocks in precision P; embeddings, pooler and classifier are
/// fp32. Immutable once loaded, and then shared by any number of threads and workspaces. Move-only.
/// Sizes are numbers or `dyn`, as a `Decoder`'s.
template <EncoderShape S, Precision P = precision::fp32>
class Encoder {
    static_assert(NonEmptyEncoder<S>::value);
    static_assert(HeadsDivideWidth<Width<S.width>, Heads<S.heads>>::value);
    static_assert(SupportedPrecision<P>::value);
    static_assert(EncoderPrecision<P>::value);

    static constexpr MlpForm form{S.activation, false};

public:
    static constexpr EncoderShape shape = S;  ///< sizes, `dyn` where a folder says them; choices
    static constexpr Precision precision = P; ///< of weights and activations

    using Workspace = EncoderWorkspace<S, P>; ///< memory for its forward passes

    /// Not filled yet, which `encode` refuses; see `load_parameters` and `init_random`.
    Encoder() requires(S.is_static()) : Encoder(S) {}

    /// The same with sizes known at run time, every one of them a number. Throws `tfm::Error` for
    /// sizes that break a rule, or where they or the choices are not those of S.
    explicit Encoder(const EncoderShape& sizes)
        : Encoder(detail::make_encoder<P>(S, sizes, inner_features))
    {
    }

    /// Reads a Hugging Face folder (config.json and model.safetensors) of a BERT or DistilBERT, or
    /// maps the packed file in it. What the shape has no use for (a pooler, a head for another
    /// task) is left out. Defined in models/load.hpp. Throws `tfm::Error` naming file, tensor,
    /// expected and found.
    static Encoder load(const std::filesystem::path& folder);

    /// Sizes and choices, every size a number.
    const EncoderShape& sizes() const noexcept { return model_.weights.shape; }

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

    /// The model itself, whatever its sizes, for `encode` and its kin.
    const detail::EncoderModel<P>& model() const noexcept { return model_; }
    /// The same for a loader.
    detail::EncoderModel<P>& model() noexcept { return model_; }

private:
    static constexpr detail::InnerFeatures<P> inner_features = &detail::inner_features<form, P>;

    explicit Encoder(detail::EncoderModel<P> model) noexcept : model_(std::move(model)) {}

    detail::EncoderModel<P> model_;
};

/// Every parameter of the model, in the order of its shape's list, with the tensor that holds it,
/// to be filled by hand: the model counts as filled from then on. They stay valid until it is
/// moved. Rotary features of queries and keys stand pair by pair (`rotary_source`), which
/// `load_parameters` sees to.
template <EncoderShape S, Precision P>
std::vector<ParameterTensor> parameters_of(Encoder<S, P>& model)
{
    model.model().weights.is_filled = true;
    return nn_detail::list_parameters(model.model().weights);
}

template <EncoderShape S, Precision P>
EncoderWorkspace<S, P>::EncoderWorkspace(const Encoder<S, P>& model,
                                         EncoderWorkspaceOptions options)
    : memory_(model.sizes(), options)
{
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
