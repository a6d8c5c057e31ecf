#pragma once

/// \file
/// The shape of a decoder, as a structural type: values of it are template arguments, so a model's
/// sizes are part of its type.

#include <cstddef>

#include "../tensor/concepts.hpp"

namespace tfm {

/// The non-linearity between the two matmuls of an MLP.
enum class Activation {
    gelu_tanh, ///< GELU's tanh approximation (`gelu_new`, `gelu_pytorch_tanh`)
    gelu,      ///< GELU by the error function
    silu,      ///< x / (1 + exp(-x)), also called Swish
    relu,      ///< max(x, 0)
};

/// What brings the residual stream to a common scale.
enum class Norm {
    layer_norm, ///< by mean and variance, with a gain and a bias (Ba et al. 2016)
    rms_norm,   ///< by the root mean square, with a gain (Zhang and Sennrich 2019)
};

/// Where a block's norms stand.
enum class NormPlacement {
    before, ///< x + f(norm(x)), and a norm before the head (GPT-2)
    after,  ///< norm(x + f(x)) (Vaswani et al. 2017)
};

/// How a token's position reaches the attention.
enum class Positions {
    learned, ///< a table that is added to the token embedding
    rotary,  ///< queries and keys are turned by an angle for each position: see `Rotary`
    none,    ///< not at all
};

/// Which features of a head turn together.
enum class RotaryPairing {
    halves,      ///< i and i + width / 2 (GPT-NeoX, Llama)
    interleaved, ///< 2i and 2i + 1 (Su et al. 2021, GPT-J)
};

/// How rotary angles are stretched to more positions than a model was first trained for.
enum class RotaryScaling {
    none,
    linear, ///< all angles divided by `factor`
    llama3, ///< slow angles divided by `factor`, fast ones kept, those between blended
};

/// Rotary position embedding (Su et al. 2021): pair i of a head's features turns by position *
/// base^(-2i / width).
struct Rotary {
    float base = 10000.0F;                         ///< theta of the papers
    std::size_t width = 0;                         ///< features of a head that turn; 0 means all
    RotaryPairing pairing = RotaryPairing::halves; ///< which features turn together
    RotaryScaling scaling = RotaryScaling::none;   ///< to longer contexts
    float factor = 1.0F;                           ///< of the scaling
    float low_frequency_factor = 1.0F;             ///< llama3: angles turning less often over
    float high_frequency_factor = 4.0F;            ///< `original_context` are slow, more often fast
    std::size_t original_context = 8192;           ///< llama3: positions of the first training

    friend constexpr bool operator==(const Rotary&, const Rotary&) = default;
};

/// Which of a block's projections add a bias.
struct Biases {
    bool qkv = true;        ///< queries, keys and values
    bool projection = true; ///< of the attention's output
    bool mlp = true;        ///< up, gate and down

    friend constexpr bool operator==(const Biases&, const Biases&) = default;
};

/// How attention and MLP share the residual stream.
enum class Residual {
    sequential,        ///< the MLP reads what attention has added
    parallel,          ///< both read the same x, each behind its own norm (GPT-NeoX)
    parallel_one_norm, ///< both read the attention's norm of x (GPT-J)
};

/// What a decoder-only transformer is built from. The defaults are GPT-2's choices.
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
    constexpr std::size_t hidden() const noexcept { return mlp_width == 0 ? 4 * width : mlp_width; }
    /// Features of a head.
    constexpr std::size_t head_width() const noexcept
    {
        return head_dim == 0 ? width / heads : head_dim;
    }
    /// Heads of keys and values.
    constexpr std::size_t key_heads() const noexcept { return kv_heads == 0 ? heads : kv_heads; }
    /// Features of all heads' queries.
    constexpr std::size_t query_width() const noexcept { return heads * head_width(); }
    /// Features of all heads' keys, and of all heads' values.
    constexpr std::size_t key_width() const noexcept { return key_heads() * head_width(); }
    /// Features of a head that turn with the position.
    constexpr std::size_t rotary_width() const noexcept
    {
        if (positions != Positions::rotary) return 0;
        return rotary.width == 0 ? head_width() : rotary.width;
    }
    /// Whether the MLP has a norm of its own.
    constexpr bool has_mlp_norm() const noexcept { return residual != Residual::parallel_one_norm; }
    /// Whether a norm precedes the head.
    constexpr bool has_final_norm() const noexcept
    {
        return norm_placement == NormPlacement::before;
    }

    /// Parameters of one norm.
    constexpr std::size_t norm_parameters() const noexcept
    {
        return norm == Norm::layer_norm ? 2 * width : width;
    }

    /// Parameters of a model of this shape, each tied matrix counted once.
    constexpr std::size_t parameters() const noexcept
    {
        std::size_t const queries = query_width();
        std::size_t const keys = key_width();
        std::size_t const ups = gated_mlp ? 2 : 1;
        std::size_t const weights = 2 * width * (queries + keys) + (ups + 1) * width * hidden();
        std::size_t const offsets = (biases.qkv ? queries + 2 * keys : 0) +
                                    (biases.projection ? width : 0) +
                                    (biases.mlp ? ups * hidden() + width : 0);
        std::size_t const norms =
            norm_parameters() * (layers * (has_mlp_norm() ? 2 : 1) + (has_final_norm() ? 1 : 0));
        std::size_t const tables =
            (tied_head ? 1 : 2) * vocab + (positions == Positions::learned ? context : 0);
        return layers * (weights + offsets) + norms + tables * width;
    }

    friend constexpr bool operator==(const DecoderShape&, const DecoderShape&) = default;
};

/// \name The sides of a rule on shapes.
/// @{
template <std::size_t W>
struct Width : extent_constant<W> {
};
template <std::size_t H>
struct Heads : extent_constant<H> {
};
template <std::size_t H>
struct KvHeads : extent_constant<H> {
};
template <std::size_t W>
struct HeadWidth : extent_constant<W> {
};
template <std::size_t W>
struct RotaryWidth : extent_constant<W> {
};
/// @}

/// Rule: heads share the width evenly.
template <class W, class H>
struct HeadsDivideWidth : std::true_type {
    static_assert(
        H::value != 0 && W::value % (H::value == 0 ? 1 : H::value) == 0,
        "tfm: the width of a DecoderShape must be a multiple of its heads: the compiler's "
        "note HeadsDivideWidth<Width<w>, Heads<h>> names both. Change one of them, or set "
        "head_dim to the features of a head.");
};

/// Rule: heads share the heads of keys and values evenly.
template <class K, class H>
struct KvHeadsDivideHeads : std::true_type {
    static_assert(
        K::value != 0 && H::value % (K::value == 0 ? 1 : K::value) == 0,
        "tfm: the heads of a DecoderShape must be a multiple of its kv_heads: the compiler's note "
        "KvHeadsDivideHeads<KvHeads<k>, Heads<h>> names both. Change one of them; kv_heads = 0 "
        "gives every head keys and values of its own.");
};

/// Rule: rotary features come in pairs and fit in a head, itself of even width.
template <class R, class W>
struct RotaryFitsHead : std::true_type {
    static_assert(R::value % 2 == 0 && R::value <= W::value && (R::value == 0 || W::value % 2 == 0),
                  "tfm: rotary positions turn pairs of features: head width and rotary width of a "
                  "DecoderShape must be even, and the rotary width no larger: the compiler's note "
                  "RotaryFitsHead<RotaryWidth<r>, HeadWidth<w>> names both. Change rotary.width, "
                  "heads or head_dim.");
};

/// Rule: blocks whose norms stand after attention and MLP have them in sequence.
template <NormPlacement N, Residual R>
struct PostNormIsSequential : std::true_type {
    static_assert(N == NormPlacement::before || R == Residual::sequential,
                  "tfm: norm_placement = after normalises what attention has added before the MLP "
                  "reads it, so the residual must be sequential. Change one of them.");
};

/// Rule: all that a shape's heads must satisfy.
template <DecoderShape S>
struct ConsistentHeads : std::true_type {
    static_assert(HeadsDivideWidth<Width<S.head_dim == 0 ? S.width : 0>, Heads<S.heads>>::value);
    static_assert(KvHeadsDivideHeads<KvHeads<S.key_heads()>, Heads<S.heads>>::value);
    static_assert(RotaryFitsHead<RotaryWidth<S.rotary_width()>, HeadWidth<S.head_width()>>::value);
    static_assert(PostNormIsSequential<S.norm_placement, S.residual>::value);
};

/// Rule: no extent of a shape is zero.
template <DecoderShape S>
struct NonEmptyShape : std::true_type {
    static_assert(S.vocab > 0 && S.context > 0 && S.width > 0 && S.layers > 0,
                  "tfm: vocab, context, width and layers of a DecoderShape must be at least 1. Set "
                  "all of them: {.vocab = ..., .context = ..., .width = ..., .heads = ..., .layers "
                  "= ...}.");
};

} // namespace tfm
