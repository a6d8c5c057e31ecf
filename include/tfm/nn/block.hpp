#pragma once

/// \file
/// The parameters of one transformer block: attention, MLP and their norms, with matrices in one of
/// the precisions.

#include "decoder_shape.hpp"
#include "linear.hpp"
#include "norm.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Self-attention with one head of keys and values for each query head (Vaswani et al. 2017), for
/// all (Shazeer 2019) or for a group of them (Ainslie et al. 2023). Q, K and V are separate
/// projections, so that each has its own width and its results go straight where they are needed.
template <DecoderShape S, Dtype D>
struct Attention {
    Linear<S.width, S.query_width(), S.biases.qkv, D> query;             ///< (width, query_width)
    Linear<S.width, S.key_width(), S.biases.qkv, D> key;                 ///< (width, key_width)
    Linear<S.width, S.key_width(), S.biases.qkv, D> value;               ///< (width, key_width)
    Linear<S.query_width(), S.width, S.biases.projection, D> projection; ///< (query_width, width)
};

/// Two matmuls with a non-linearity between them; a gated one has a third beside the first, empty
/// where there is no gate.
template <DecoderShape S, Dtype D>
struct Mlp {
    Linear<S.width, S.hidden(), S.biases.mlp, D> up;                     ///< (width, hidden)
    Linear<S.width, S.gated_mlp ? S.hidden() : 0, S.biases.mlp, D> gate; ///< (width, hidden)
    Linear<S.hidden(), S.width, S.biases.mlp, D> down;                   ///< (hidden, width)
};

/// Attention and MLP, which add to the residual stream in the way that the shape names. The MLP's
/// norm is unused where both share the attention's.
template <DecoderShape S, Dtype D>
struct Block {
    NormOf<S> attention_norm;  ///< of the attention's input, or behind it
    Attention<S, D> attention; ///< between the positions
    NormOf<S> mlp_norm;        ///< of the MLP's input, or behind it
    Mlp<S, D> mlp;             ///< of each position
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
