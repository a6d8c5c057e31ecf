#pragma once

/// \file
/// A decoder from a Hugging Face folder.

#include <cstddef>
#include <filesystem>
#include <string>

#include "../io/gpt2_config.hpp"
#include "../nn/decoder.hpp"
#include "gpt2.hpp"
#include "parameter_reader.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// The shape that a GPT-2's config.json describes.
inline DecoderShape shape_of(const Gpt2Config& config) noexcept
{
    return {.vocab = config.vocab,
            .context = config.context,
            .width = config.width,
            .heads = config.heads,
            .layers = config.layers,
            .mlp_width = config.mlp_width == 4 * config.width ? 0 : config.mlp_width,
            .activation = config.activation,
            .norm_epsilon = static_cast<float>(config.norm_epsilon),
            .tied_head = config.tied_head};
}

namespace detail {

/// Fails on the first field in which a config.json differs from the shape that is compiled in.
inline void check_shape(const std::filesystem::path& path, const DecoderShape& expected,
                        const DecoderShape& found)
{
    auto const check = [&](const char* field, auto want, auto have) {
        require(want == have, [&] {
            return path.string() + ": " + field + ": expected " + std::to_string(want) +
                   " as in the shape this model was compiled for, found " + std::to_string(have);
        });
    };
    check("vocab_size", expected.vocab, found.vocab);
    check("n_positions", expected.context, found.context);
    check("n_embd", expected.width, found.width);
    check("n_head", expected.heads, found.heads);
    check("n_layer", expected.layers, found.layers);
    check("n_inner", expected.hidden(), found.hidden());
    check("layer_norm_epsilon", expected.norm_epsilon, found.norm_epsilon);
    check("tie_word_embeddings", expected.tied_head, found.tied_head);
    require(expected.activation == found.activation, [&] {
        auto const name = [](Activation activation) {
            return activation == Activation::gelu ? "gelu" : "gelu_new";
        };
        return path.string() + ": activation_function: expected " + name(expected.activation) +
               " as in the shape this model was compiled for, found " + name(found.activation);
    });
}

template <std::size_t N>
void read_norm(const ParameterReader& reader, const std::string& name, LayerNorm<N>& norm)
{
    reader.read_vector(name + ".weight", norm.gain);
    reader.read_vector(name + ".bias", norm.bias);
}

/// The outputs [first, first + N) of a linear layer with `file_columns` outputs in the file.
template <std::size_t K, std::size_t N>
void read_linear(const ParameterReader& reader, const std::string& name, Orientation orientation,
                 Linear<K, N>& linear, std::size_t file_columns = N, std::size_t first = 0)
{
    reader.read_packed(name + ".weight", orientation, linear.weight, file_columns, first);
    reader.read_vector(name + ".bias", linear.bias, file_columns, first);
}

template <DecoderShape S>
void read_block(const ParameterReader& reader, const DecoderNames& names, std::size_t index,
                Block<S>& block)
{
    auto const name = [index](std::string_view pattern) { return block_name(pattern, index); };
    read_norm(reader, name(names.attention_norm), block.attention_norm);
    std::string const qkv = name(names.qkv);
    auto& attention = block.attention;
    read_linear(reader, qkv, names.orientation, attention.query, 3 * S.width, 0);
    read_linear(reader, qkv, names.orientation, attention.key, 3 * S.width, S.width);
    read_linear(reader, qkv, names.orientation, attention.value, 3 * S.width, 2 * S.width);
    read_linear(reader, name(names.attention_projection), names.orientation, attention.projection);
    read_norm(reader, name(names.mlp_norm), block.mlp_norm);
    read_linear(reader, name(names.mlp_up), names.orientation, block.mlp.up);
    read_linear(reader, name(names.mlp_down), names.orientation, block.mlp.down);
}

} // namespace detail

/// Fills a decoder from an open checkpoint whose tensors have the given names.
/// Throws `tfm::Error` naming file, tensor, expected and found.
template <DecoderShape S, Precision P>
void load_parameters(const SafeTensors& file, const DecoderNames& names, Decoder<S, P>& model)
{
    ParameterReader const reader(file, names.prefix);
    reader.read_packed(std::string(names.token_embedding), Orientation::out_in,
                       model.token_embedding);
    reader.read_matrix(std::string(names.position_embedding), model.position_embedding);
    for (std::size_t i = 0; i < S.layers; ++i) {
        detail::read_block<S>(reader, names, i, (*model.blocks)[i]);
    }
    detail::read_norm(reader, std::string(names.final_norm), model.final_norm);
    if constexpr (!S.tied_head) {
        reader.read_packed(std::string(names.head), Orientation::out_in, model.untied_head());
    }
}

/// Reads a Hugging Face folder whose config.json describes shape S.
/// Throws `tfm::Error` naming file, field or tensor, expected and found.
template <DecoderShape S, Precision P = precision::fp32>
Decoder<S, P> load_decoder(const std::filesystem::path& folder,
                           const DecoderNames& names = gpt2_names)
{
    detail::check_shape(folder / "config.json", S, shape_of(read_gpt2_config(folder)));
    SafeTensors const file = SafeTensors::open(folder / "model.safetensors");
    Decoder<S, P> model;
    load_parameters(file, names, model);
    return model;
}

template <DecoderShape S, Precision P>
Decoder<S, P> Decoder<S, P>::load(const std::filesystem::path& folder)
{
    return load_decoder<S, P>(folder);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
