#pragma once

/// \file
/// The parameters of one pre-norm transformer block: attention and MLP, each behind a layer norm.

#include "decoder_shape.hpp"
#include "linear.hpp"
#include "norm.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Multi-head self-attention (Vaswani et al. 2017). Q, K and V are separate projections, so that
/// each may have its own width and its results go straight where they are needed.
template <DecoderShape S>
struct Attention {
    Linear<S.width, S.width> query;
    Linear<S.width, S.width> key;
    Linear<S.width, S.width> value;
    Linear<S.width, S.width> projection;
};

/// Two matmuls with a non-linearity between them.
template <DecoderShape S>
struct Mlp {
    Linear<S.width, S.hidden()> up;
    Linear<S.hidden(), S.width> down;
};

/// x + attention(norm(x)), then x + mlp(norm(x)), as in GPT-2 (Radford et al. 2019).
template <DecoderShape S>
struct Block {
    LayerNorm<S.width> attention_norm;
    Attention<S> attention;
    LayerNorm<S.width> mlp_norm;
    Mlp<S> mlp;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
