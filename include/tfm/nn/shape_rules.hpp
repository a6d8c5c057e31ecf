#pragma once

/// \file
/// What every shape must satisfy: a compile error where sizes are numbers, an error of the same
/// words where they are read from a folder.
///
/// A `static_assert` takes nothing but a literal, so each rule's words are a macro, undefined again
/// at the end of this file.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "../tensor/concepts.hpp"
#include "decoder_shape.hpp"
#include "encoder_shape.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// \cond
#define TFM_RULE_HEADS "tfm: the width of a shape must be a multiple of its heads"
#define TFM_REMEDY_HEADS "Change one of them, or set the features of a head (head_dim, head_width)."
#define TFM_RULE_KV_HEADS "tfm: the heads of a shape must be a multiple of its kv_heads"
#define TFM_REMEDY_KV_HEADS                                                                        \
    "Change one of them; without kv_heads every head has keys and values of its own."
#define TFM_RULE_ROTARY                                                                            \
    "tfm: rotary positions turn pairs of features: head width and rotary width of a shape must "   \
    "be even, and the rotary width no larger"
#define TFM_REMEDY_ROTARY "Change the rotary width, heads or the features of a head."
#define TFM_RULE_POST_NORM                                                                         \
    "tfm: norm_placement = after normalises what attention has added before the MLP reads it, so " \
    "the residual must be sequential. Change one of them."
#define TFM_RULE_LARGE                                                                             \
    "tfm: sizes of a shape must be below 2^31, and the features of all heads too, so that no "     \
    "product of two overflows"
#define TFM_RULE_DECODER_SIZES                                                                     \
    "tfm: vocab, context, width and layers of a DecoderShape must be at least 1. Set all of "      \
    "them: {.vocab = ..., .context = ..., .width = ..., .heads = ..., .layers = ...}."
#define TFM_RULE_ENCODER_SIZES                                                                     \
    "tfm: vocab, context, width and layers of an EncoderShape must be at least 1. Set all of "     \
    "them: {.vocab = ..., .context = ..., .width = ..., .heads = ..., .layers = ...}."
#define TFM_RULE_BLOCK_SIZES                                                                       \
    "tfm: width, heads, kv_heads, head_width and mlp_width of a BlockShape must be at least 1. "   \
    "Set width and heads, and head_width where heads do not divide width."
#define TFM_RULE_ROTARY_SIZE                                                                       \
    "tfm: rotary_width of a BlockShape says how many features of a head turn; rotary.width alone " \
    "turns none. Set rotary_width."
/// \endcond

namespace nn_detail {

/// Whether `whole` is a multiple of `part`, or one of them is known only when a model is loaded.
constexpr bool divides(std::size_t part, std::size_t whole) noexcept
{
    if (part == dyn || whole == dyn) return true;
    return part != 0 && whole % part == 0;
}

/// Whether `rotary` features can turn in pairs within a head of `head`.
constexpr bool rotary_fits(std::size_t rotary, std::size_t head) noexcept
{
    if (rotary == dyn || head == dyn) return true;
    return rotary % 2 == 0 && rotary <= head && (rotary == 0 || head % 2 == 0);
}

} // namespace nn_detail

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
    static_assert(nn_detail::divides(H::value, W::value),
                  TFM_RULE_HEADS
                  ": the compiler's note HeadsDivideWidth<Width<w>, Heads<h>> names both. " //
                  TFM_REMEDY_HEADS);
};

/// Rule: heads share the heads of keys and values evenly.
template <class K, class H>
struct KvHeadsDivideHeads : std::true_type {
    static_assert(nn_detail::divides(K::value, H::value),
                  TFM_RULE_KV_HEADS
                  ": the compiler's note KvHeadsDivideHeads<KvHeads<k>, Heads<h>> names both. " //
                  TFM_REMEDY_KV_HEADS);
};

/// Rule: rotary features come in pairs and fit in a head, itself of even width.
template <class R, class W>
struct RotaryFitsHead : std::true_type {
    static_assert(
        nn_detail::rotary_fits(R::value, W::value),
        TFM_RULE_ROTARY
        ": the compiler's note RotaryFitsHead<RotaryWidth<r>, HeadWidth<w>> names both. " //
        TFM_REMEDY_ROTARY);
};

/// Rule: blocks whose norms stand after attention and MLP have them in sequence.
template <NormPlacement N, Residual R>
struct PostNormIsSequential : std::true_type {
    static_assert(N != NormPlacement::after || R == Residual::sequential, TFM_RULE_POST_NORM);
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
                  TFM_RULE_DECODER_SIZES);
};

/// Rule: no extent of an encoder's shape is zero.
template <EncoderShape S>
struct NonEmptyEncoder : std::true_type {
    static_assert(S.vocab > 0 && S.context > 0 && S.width > 0 && S.layers > 0,
                  TFM_RULE_ENCODER_SIZES);
};

/// Rule: all that the shape of a block, or of a part of one, must satisfy. A part has no heads or
/// no inner features.
template <BlockShape S, bool HasAttention = true, bool HasMlp = true>
struct ConsistentBlock : std::true_type {
    static_assert(S.width > 0 && (!HasMlp || S.mlp_width > 0) &&
                      (!HasAttention || (S.heads > 0 && S.kv_heads > 0 && S.head_width > 0)),
                  TFM_RULE_BLOCK_SIZES);
    static_assert(!HasAttention || S.rotary_width > 0 || S.rotary.width == 0, TFM_RULE_ROTARY_SIZE);
    static_assert(KvHeadsDivideHeads<KvHeads<HasAttention ? S.kv_heads : 1>,
                                     Heads<HasAttention ? S.heads : 1>>::value);
    static_assert(RotaryFitsHead<RotaryWidth<HasAttention ? S.rotary_width : 0>,
                                 HeadWidth<S.head_width>>::value);
    static_assert(PostNormIsSequential<S.norm_placement, S.residual>::value);
};

/// Rule: there is a classifier.
template <std::size_t Labels>
struct HasLabels : std::true_type {
    static_assert(Labels > 0, "tfm: an EncoderShape without labels has no classifier: set .labels "
                              "to the number of classes, or call encode or encode_pooled.");
};

inline namespace TFM_BUILD_NAMESPACE {
namespace rule_detail {

inline std::string found(const char* first, std::size_t a, const char* second, std::size_t b)
{
    return std::string("; found ") + first + " " + std::to_string(a) + " and " + second + " " +
           std::to_string(b) + ". ";
}

/// Throws where a size is too large for the products that are made of sizes.
inline void check_extents(std::initializer_list<std::size_t> sizes)
{
    for (std::size_t const size : sizes) {
        require(size < std::size_t{1} << 31U, [&] {
            return TFM_RULE_LARGE + std::string("; found ") + std::to_string(size) + ".";
        });
    }
}

/// Throws the rule that sizes read at run time break. \pre all sizes are numbers
inline void check_block(const BlockShape& shape, bool head_width_is_given)
{
    require(nn_detail::divides(shape.heads, head_width_is_given ? 0 : shape.width), [&] {
        return TFM_RULE_HEADS + found("width", shape.width, "heads", shape.heads) +
               TFM_REMEDY_HEADS;
    });
    require(nn_detail::divides(shape.kv_heads, shape.heads), [&] {
        return TFM_RULE_KV_HEADS + found("heads", shape.heads, "kv_heads", shape.kv_heads) +
               TFM_REMEDY_KV_HEADS;
    });
    require(nn_detail::rotary_fits(shape.rotary_width, shape.head_width), [&] {
        return TFM_RULE_ROTARY +
               found("head width", shape.head_width, "rotary width", shape.rotary_width) +
               TFM_REMEDY_ROTARY;
    });
    require(shape.norm_placement != NormPlacement::after || shape.residual == Residual::sequential,
            [] { return TFM_RULE_POST_NORM; });
}

} // namespace rule_detail

/// Throws `tfm::Error` with the words of the rule that a shape of numbers breaks.
inline void check_rules(const DecoderShape& shape)
{
    require(shape.is_static() && shape.vocab > 0 && shape.context > 0 && shape.width > 0 &&
                shape.layers > 0,
            [] { return TFM_RULE_DECODER_SIZES; });
    rule_detail::check_extents({shape.vocab, shape.context, shape.width, shape.heads, shape.layers,
                                shape.mlp_width, shape.key_heads(), shape.head_width()});
    rule_detail::check_extents({shape.hidden(), shape.query_width(), shape.key_width()});
    rule_detail::check_block(shape.block(), shape.head_dim != 0);
}

/// The same of an encoder's shape.
inline void check_rules(const EncoderShape& shape)
{
    require(shape.is_static() && shape.vocab > 0 && shape.context > 0 && shape.width > 0 &&
                shape.layers > 0,
            [] { return TFM_RULE_ENCODER_SIZES; });
    rule_detail::check_extents({shape.vocab, shape.context, shape.width, shape.heads, shape.layers,
                                shape.mlp_width, shape.token_types, shape.labels});
    rule_detail::check_extents({shape.hidden()});
    rule_detail::check_block(shape.block(), false);
}

/// The same of the shape of a block, or of a part of one.
inline void check_rules(const BlockShape& shape, bool has_attention, bool has_mlp)
{
    require(shape.is_static() && shape.width > 0 && (!has_mlp || shape.mlp_width > 0) &&
                (!has_attention || (shape.heads > 0 && shape.kv_heads > 0 && shape.head_width > 0)),
            [] { return TFM_RULE_BLOCK_SIZES; });
    rule_detail::check_extents(
        {shape.width, shape.heads, shape.kv_heads, shape.head_width, shape.mlp_width});
    rule_detail::check_extents({shape.query_width(), shape.key_width()});
    if (!has_attention) return;
    require(shape.rotary_width > 0 || shape.rotary.width == 0, [] { return TFM_RULE_ROTARY_SIZE; });
    rule_detail::check_block(shape, true);
}

} // namespace TFM_BUILD_NAMESPACE

#undef TFM_RULE_HEADS
#undef TFM_REMEDY_HEADS
#undef TFM_RULE_KV_HEADS
#undef TFM_REMEDY_KV_HEADS
#undef TFM_RULE_ROTARY
#undef TFM_REMEDY_ROTARY
#undef TFM_RULE_POST_NORM
#undef TFM_RULE_LARGE
#undef TFM_RULE_DECODER_SIZES
#undef TFM_RULE_ENCODER_SIZES
#undef TFM_RULE_BLOCK_SIZES
#undef TFM_RULE_ROTARY_SIZE

} // namespace tfm

#include "../restore_macros.hpp"
