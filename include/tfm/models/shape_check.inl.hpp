#pragma once

/// \file
/// Comparing shapes field by field.

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "activation_names.hpp"
#include "shape_check.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

inline std::string text_of(std::size_t value) { return std::to_string(value); }
inline std::string text_of(float value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", static_cast<double>(value));
    return text;
}
inline std::string text_of(bool value) { return value ? "true" : "false"; }

inline std::string text_of(Activation value) { return std::string(name(value)); }

/// Compares fields one by one; the first that differs is an error that names it.
class ShapeCheck {
public:
    explicit ShapeCheck(std::filesystem::path config) : config_(std::move(config)) {}

    /// A size that is `dyn` is whatever the file says.
    void same_size(std::string_view field, std::size_t compiled, std::size_t found) const
    {
        if (compiled != dyn) same(field, compiled, found);
    }

    template <class T>
    void same(std::string_view field, T compiled, T found) const
    {
        if (compiled == found) return;
        differ(field, text_of(compiled), text_of(found));
    }

    /// For choices that config.json spreads over several fields.
    template <class T>
    void same_choice(std::string_view what, const T& compiled, const T& found) const
    {
        if (!(compiled == found)) differ(what, "the one", "another");
    }

    [[noreturn]] void differ(std::string_view field, const std::string& expected,
                             const std::string& found) const
    {
        fail(config_.string() + ": " + std::string(field) + ": expected " + expected +
             " as in the shape this model was compiled for, found " + found);
    }

private:
    std::filesystem::path config_;
};

/// The numbers of a decoder that are data: a shape of `dyn` sizes takes the file's.
inline void check_data(const ShapeCheck& check, const DecoderShape& compiled,
                       const DecoderShape& found, const ShapeFields& fields)
{
    check.same(fields.norm_epsilon, compiled.norm_epsilon, found.norm_epsilon);
    check.same("tie_word_embeddings, or a head that the weights hold", compiled.tied_head,
               found.tied_head);
    check.same("sliding_window", compiled.window, found.window);
    check.same("rotary features of a head", compiled.rotary_width(), found.rotary_width());
    if (compiled.positions != Positions::rotary) return;
    Rotary turned = found.rotary;
    turned.width = compiled.rotary.width; // compared above, where 0 means all
    check.same("rope_theta", compiled.rotary.base, found.rotary.base);
    check.same_choice("rope_parameters", compiled.rotary, turned);
}

/// What the code or the parameters of a decoder depend on.
inline void check_choices(const ShapeCheck& check, const DecoderShape& compiled,
                          const DecoderShape& found, const ShapeFields& fields)
{
    check.same(fields.activation, compiled.activation, found.activation);
    check.same_choice("position embedding", compiled.positions, found.positions);
    check.same("gated MLP", compiled.gated_mlp, found.gated_mlp);
    check.same_choice("kind of norm", compiled.norm, found.norm);
    check.same_choice("placement of norms", compiled.norm_placement, found.norm_placement);
    check.same_choice("use of the residual stream", compiled.residual, found.residual);
    check.same("bias of queries, keys and values", compiled.biases.qkv, found.biases.qkv);
    check.same("bias of the attention's projection", compiled.biases.projection,
               found.biases.projection);
    check.same("bias of the MLP", compiled.biases.mlp, found.biases.mlp);
}

} // namespace detail

TFM_INLINE void check_shape(const std::filesystem::path& config, const DecoderShape& compiled,
                            const DecoderShape& found, const ShapeFields& fields)
{
    detail::ShapeCheck const check(config);
    check.same_size("vocab_size", compiled.vocab, found.vocab);
    if (found.positions == Positions::learned || compiled.context > found.context) {
        check.same_size(fields.context, compiled.context, found.context);
    }
    check.same_size(fields.width, compiled.width, found.width);
    check.same_size(fields.layers, compiled.layers, found.layers);
    check.same_size(fields.mlp_width, compiled.hidden(), found.hidden());
    check.same_size(fields.heads, compiled.heads, found.heads);
    check.same_size("num_key_value_heads", compiled.key_heads(), found.key_heads());
    check.same_size("head_dim", compiled.head_width(), found.head_width());
    if (compiled.is_static()) detail::check_data(check, compiled, found, fields);
    detail::check_choices(check, compiled, found, fields);
}

TFM_INLINE void check_shape(const std::filesystem::path& config, const EncoderShape& compiled,
                            const EncoderShape& found, const ShapeFields& fields)
{
    detail::ShapeCheck const check(config);
    check.same_size("vocab_size", compiled.vocab, found.vocab);
    check.same_size(fields.context, compiled.context, found.context);
    check.same_size(fields.width, compiled.width, found.width);
    check.same_size(fields.heads, compiled.heads, found.heads);
    check.same_size(fields.layers, compiled.layers, found.layers);
    check.same_size(fields.mlp_width, compiled.hidden(), found.hidden());
    check.same_size("type_vocab_size", compiled.token_types, found.token_types);
    if (compiled.is_static())
        check.same("layer_norm_eps", compiled.norm_epsilon, found.norm_epsilon);
    check.same(fields.activation, compiled.activation, found.activation);
}

TFM_INLINE DecoderShape shape_to_load(const std::filesystem::path& config,
                                      const DecoderShape& compiled, DecoderShape found,
                                      const ShapeFields& fields)
{
    check_shape(config, compiled, found, fields);
    if (compiled.is_static()) return compiled;
    if (compiled.context != dyn) found.context = compiled.context;
    return found;
}

TFM_INLINE EncoderShape shape_to_load(const std::filesystem::path& config,
                                      const EncoderShape& compiled, EncoderShape found,
                                      const ShapeFields& fields)
{
    check_shape(config, compiled, found, fields);
    if (compiled.is_static()) return compiled;
    found.pooling = compiled.pooling;
    found.pooler = compiled.pooler;
    found.labels = compiled.labels;
    return found;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
