#pragma once

/// \file
/// The shape of a decoder, as a structural type: values of it are template arguments, so a model's
/// sizes are part of its type. A size that is `dyn` is read from the model's folder instead.

#include <cstddef>

#include "parameter_list.hpp"

namespace tfm {

/// What a decoder-only transformer is built from. The defaults are GPT-2's choices. Each size is a
/// number or `dyn`.
struct DecoderShape {
    std::size_t vocab;         ///< tokens in the vocabulary
    std::size_t context;       ///< positions the model was trained for
    std::size_t width;         ///< features of the residual stream
    std::size_t heads;         ///< attention heads; must divide width unless head_dim is given
    std::size_t layers;        ///< blocks
    std::size_t mlp_width = 0; ///< features between the MLP's matmuls; 0 means 4 * width
    Activation activation = Activation::gelu_tanh; ///< between the matmuls of the MLP
    float norm_epsilon = 1e-5F;   ///< added to the variance or mean square in norms
    bool tied_head = true;        ///< the output head is the token embedding
    std::size_t kv_heads = 0;     ///< heads of keys and values; must divide heads; 0 means heads
    std::size_t head_dim = 0;     ///< features of a head; 0 means width / heads
    std::size_t window = 0;       ///< positions that a token sees, its own among them; 0 means all
    bool gated_mlp = false;       ///< down(act(gate x) * up x) (Shazeer 2020), not down(act(up x))
    Norm norm = Norm::layer_norm; ///< of the residual stream
    NormPlacement norm_placement = NormPlacement::before; ///< before or after attention and MLP
    Residual residual = Residual::sequential;             ///< of attention and MLP
    Positions positions = Positions::learned;             ///< how a token's position comes in
    Rotary rotary = {};                                   ///< where positions are rotary
    Biases biases = {};                                   ///< of the projections

    /// Features between the MLP's matmuls.
    constexpr std::size_t hidden() const noexcept
    {
        return mlp_width == 0 ? nn_detail::extent_product(4, width) : mlp_width;
    }
    /// Features of a head.
    constexpr std::size_t head_width() const noexcept
    {
        return head_dim == 0 ? nn_detail::extent_quotient(width, heads) : head_dim;
    }
    /// Heads of keys and values.
    constexpr std::size_t key_heads() const noexcept { return kv_heads == 0 ? heads : kv_heads; }
    /// Features of all heads' queries.
    constexpr std::size_t query_width() const noexcept
    {
        return nn_detail::extent_product(heads, head_width());
    }
    /// Features of all heads' keys, and of all heads' values.
    constexpr std::size_t key_width() const noexcept
    {
        return nn_detail::extent_product(key_heads(), head_width());
    }
    /// Features of a head that turn with the position.
    constexpr std::size_t rotary_width() const noexcept
    {
        if (positions != Positions::rotary) return 0;
        return rotary.width == 0 ? head_width() : rotary.width;
    }
    /// Rows of the table of positions.
    constexpr std::size_t table_positions() const noexcept
    {
        return positions == Positions::learned ? context : 0;
    }
    /// Whether the MLP has a norm of its own.
    constexpr bool has_mlp_norm() const noexcept { return residual != Residual::parallel_one_norm; }
    /// Whether a norm precedes the head.
    constexpr bool has_final_norm() const noexcept
    {
        return norm_placement == NormPlacement::before;
    }

    /// Whether every size is a number.
    constexpr bool is_static() const noexcept
    {
        return vocab != dyn && context != dyn && width != dyn && heads != dyn && layers != dyn &&
               mlp_width != dyn && kv_heads != dyn && head_dim != dyn;
    }

    /// The same choices with every size `dyn`: the type of a decoder that runs any folder which
    /// makes these choices. Window, epsilon, the rotary numbers and whether the head is tied are
    /// the folder's too.
    constexpr DecoderShape form() const noexcept
    {
        DecoderShape any{.vocab = dyn, .context = dyn, .width = dyn, .heads = dyn, .layers = dyn};
        any.mlp_width = dyn;
        any.kv_heads = dyn;
        any.head_dim = dyn;
        any.activation = activation;
        any.gated_mlp = gated_mlp;
        any.norm = norm;
        any.norm_placement = norm_placement;
        any.residual = residual;
        any.positions = positions;
        any.biases = biases;
        return any;
    }

    /// What each block is. \pre `is_static()`
    constexpr BlockShape block() const noexcept
    {
        return {.width = width,
                .heads = heads,
                .kv_heads = key_heads(),
                .head_width = head_width(),
                .mlp_width = hidden(),
                .rotary_width = rotary_width(),
                .window = window == 0 ? unlimited_window : window,
                .mlp = {activation, gated_mlp},
                .norm = norm,
                .norm_epsilon = norm_epsilon,
                .norm_placement = norm_placement,
                .residual = residual,
                .biases = biases,
                .rotary = rotary};
    }

    /// Calls `visit(Parameter)` for each tensor of such a model. \pre `is_static()`
    template <class Visit>
    constexpr void visit_parameters(Visit&& visit) const
    {
        visit(Parameter{Role::token_embedding, ParameterKind::weight, 0, width, vocab});
        visit(Parameter{Role::position_embedding, ParameterKind::table, 0, table_positions(),
                        table_positions() == 0 ? 0 : width});
        BlockShape const shape = block();
        for (std::size_t i = 0; i < layers; ++i) nn_detail::visit_block(shape, i, visit);
        if (has_final_norm()) nn_detail::visit_norm(Role::final_norm, 0, norm, width, visit);
        visit(Parameter{Role::head, ParameterKind::weight, 0, tied_head ? 0 : width,
                        tied_head ? 0 : vocab});
    }

    /// Parameters of a model of this shape, each tied matrix counted once. \pre `is_static()`
    constexpr std::size_t parameters() const noexcept { return nn_detail::count_parameters(*this); }

    friend constexpr bool operator==(const DecoderShape&, const DecoderShape&) = default;
};

/// Whether a model of the sizes and choices `found` is one of the kind `stated`: a size of `stated`
/// that is a number is that of `found`, and the choices are the same. Where all sizes are numbers,
/// so is what is data otherwise.
constexpr bool is_kind_of(const DecoderShape& stated, const DecoderShape& found) noexcept
{
    auto const same = [](std::size_t a, std::size_t b) { return a == dyn || a == b; };
    return same(stated.vocab, found.vocab) && same(stated.context, found.context) &&
           same(stated.width, found.width) && same(stated.heads, found.heads) &&
           same(stated.layers, found.layers) && same(stated.hidden(), found.hidden()) &&
           same(stated.key_heads(), found.key_heads()) &&
           same(stated.head_width(), found.head_width()) && stated.form() == found.form() &&
           (!stated.is_static() ||
            (stated.tied_head == found.tied_head && stated.block() == found.block()));
}

} // namespace tfm
