#pragma once

/// \file
/// A Hugging Face folder of a DistilBERT with random parameters, so that speed can be measured
/// where nothing can be downloaded.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "distilbert.hpp"
#include "random_checkpoint.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The tensors of a DistilBERT with the values that its training began with: weights of standard
/// deviation 0.02, norms that do nothing, biases of zero.
inline std::vector<RandomTensor> random_distilbert(const EncoderShape& shape)
{
    std::vector<RandomTensor> tensors;
    const auto& names = distilbert_names.body;
    std::string const prefix(names.prefix);
    const auto add = [&](std::string_view name, std::vector<std::size_t> extents, double deviation,
                         float constant) {
        bool const is_head = name.starts_with(distilbert_names.pooler) ||
                             name.starts_with(distilbert_names.classifier);
        std::string full_name = is_head ? std::string() : prefix;
        full_name += name;
        tensors.push_back(
            {{std::move(full_name), FileDType::F32, std::move(extents)}, deviation, constant});
    };
    const auto add_norm = [&](const std::string& name) {
        add(name + ".weight", {shape.width}, 0.0, 1.0F);
        add(name + ".bias", {shape.width}, 0.0, 0.0F);
    };
    const auto add_linear = [&](const std::string& name, std::size_t inputs, std::size_t outputs) {
        add(name + ".weight", {outputs, inputs}, 0.02, 0.0F);
        add(name + ".bias", {outputs}, 0.0, 0.0F);
    };
    add(names.token_embedding, {shape.vocab, shape.width}, 0.02, 0.0F);
    add(names.position_embedding, {shape.context, shape.width}, 0.02, 0.0F);
    add_norm(std::string(distilbert_names.embedding_norm));
    for (std::size_t i = 0; i < shape.layers; ++i) {
        for (std::string_view const part :
             {names.query, names.key, names.value, names.attention_projection}) {
            add_linear(block_name(part, i), shape.width, shape.width);
        }
        add_norm(block_name(names.attention_norm, i));
        add_linear(block_name(names.mlp_up, i), shape.width, shape.hidden());
        add_linear(block_name(names.mlp_down, i), shape.hidden(), shape.width);
        add_norm(block_name(names.mlp_norm, i));
    }
    if (shape.pooler != Pooler::none)
        add_linear(std::string(distilbert_names.pooler), shape.width, shape.width);
    if (shape.labels > 0)
        add_linear(std::string(distilbert_names.classifier), shape.width, shape.labels);
    return tensors;
}

} // namespace detail

/// Writes FOLDER/config.json and FOLDER/model.safetensors (F32) of a DistilBERT of this shape with
/// random values, and makes the folder where there is none. Equal seeds give equal files, on every
/// machine; files of these names are replaced.
/// Throws `tfm::Error` for a shape no DistilBERT can have, and when a file cannot be written.
inline void write_random_distilbert(const std::filesystem::path& folder, const EncoderShape& shape,
                                    std::uint64_t seed, const CheckpointProgress& progress = {})
{
    require(shape.vocab > 0 && shape.context > 0 && shape.layers > 0 && shape.heads > 0 &&
                shape.width > 0 && shape.width % shape.heads == 0 && shape.token_types == 0,
            [&] {
                return folder.string() + ": expected a shape of sizes from 1 up, whose heads " +
                       "divide its width, without token types, found another";
            });
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    require(std::filesystem::is_directory(folder), [&] {
        return folder.string() + ": cannot be made a folder" +
               (error ? " (" + error.message() + ")" : std::string());
    });
    // The configuration last: a folder that has one is complete.
    detail::write_random_tensors(folder / "model.safetensors", detail::random_distilbert(shape),
                                 seed, progress);
    write_distilbert_config(folder, shape);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
