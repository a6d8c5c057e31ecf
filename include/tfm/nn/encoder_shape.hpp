#pragma once

/// \file
/// The shape of an encoder, as a structural type like `DecoderShape`.

#include <cstddef>

#include "parameter_list.hpp"

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
/// attention and MLP, with attention to the whole sequence. The defaults are BERT's choices. Each
/// size is a number or `dyn`, but for labels, which belong to a task.
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

    /// Features between the MLP's matmuls.
    constexpr std::size_t hidden() const noexcept
    {
        return mlp_width == 0 ? nn_detail::extent_product(4, width) : mlp_width;
    }
    /// Features of a head.
    constexpr std::size_t head_width() const noexcept
    {
        return nn_detail::extent_quotient(width, heads);
    }

    /// Whether every size is a number.
    constexpr bool is_static() const noexcept
    {
        return vocab != dyn && context != dyn && width != dyn && heads != dyn && layers != dyn &&
               mlp_width != dyn && token_types != dyn;
    }

    /// The same choices with every size `dyn`; the epsilon is the folder's too. Pooling, pooler and
    /// labels belong to a task and stay.
    constexpr EncoderShape form() const noexcept
    {
        EncoderShape any{.vocab = dyn, .context = dyn, .width = dyn, .heads = dyn, .layers = dyn};
        any.mlp_width = dyn;
        any.token_types = dyn;
        any.activation = activation;
        any.pooling = pooling;
        any.pooler = pooler;
        any.labels = labels;
        return any;
    }

    /// What each block is. \pre `is_static()`
    constexpr BlockShape block() const noexcept
    {
        return {.width = width,
                .heads = heads,
                .kv_heads = heads,
                .head_width = head_width(),
                .mlp_width = hidden(),
                .mlp = {activation, false},
                .norm_epsilon = norm_epsilon,
                .norm_placement = NormPlacement::after};
    }

    /// Calls `visit(Parameter)` for each tensor of such a model. \pre `is_static()`
    template <class Visit>
    constexpr void visit_parameters(Visit&& visit) const
    {
        auto const table = [&](Role role, std::size_t rows) {
            visit(Parameter{role, ParameterKind::table, 0, rows, rows == 0 ? 0 : width});
        };
        auto const head = [&](Role role, std::size_t outputs) {
            nn_detail::visit_matmul(role, 0, ParameterKind::head, width, outputs, true, visit);
        };
        table(Role::token_embedding, vocab);
        table(Role::position_embedding, context);
        table(Role::type_embedding, token_types);
        nn_detail::visit_norm(Role::embedding_norm, 0, Norm::layer_norm, width, visit);
        BlockShape const shape = block();
        for (std::size_t i = 0; i < layers; ++i) nn_detail::visit_block(shape, i, visit);
        head(Role::pooler, pooler == Pooler::none ? 0 : width);
        head(Role::classifier, labels);
    }

    /// Parameters of a model of this shape. \pre `is_static()`
    constexpr std::size_t parameters() const noexcept { return nn_detail::count_parameters(*this); }

    friend constexpr bool operator==(const EncoderShape&, const EncoderShape&) = default;
};

/// Whether a model of the sizes and choices `found` is one of the kind `stated`: a size of `stated`
/// that is a number is that of `found`, and the choices are the same. Where all sizes are numbers,
/// so is the epsilon.
constexpr bool is_kind_of(const EncoderShape& stated, const EncoderShape& found) noexcept
{
    auto const same = [](std::size_t a, std::size_t b) { return a == dyn || a == b; };
    return same(stated.vocab, found.vocab) && same(stated.context, found.context) &&
           same(stated.width, found.width) && same(stated.heads, found.heads) &&
           same(stated.layers, found.layers) && same(stated.hidden(), found.hidden()) &&
           same(stated.token_types, found.token_types) && stated.labels == found.labels &&
           stated.activation == found.activation && stated.pooling == found.pooling &&
           stated.pooler == found.pooler &&
           (!stated.is_static() || stated.norm_epsilon == found.norm_epsilon);
}

} // namespace tfm
