#pragma once

/// \file
/// Hugging Face folders with random parameters, so that speed and memory can be measured where
/// nothing can be downloaded.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../function_ref.hpp"
#include "../io/safetensors_writer.hpp"
#include "../nn/parameters.hpp"
#include "../nn/shape_rules.hpp"
#include "random_parameters.hpp"
#include "shape_family.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Told how many of the bytes of a checkpoint are written. What it throws ends the writing, and no
/// file is left behind.
using CheckpointProgress = FunctionRef<void(std::size_t written, std::size_t total)>;

namespace random_detail {

inline void write_tensors(const std::filesystem::path& file, std::span<const RandomTensor> tensors,
                          std::uint64_t seed, const CheckpointProgress& progress)
{
    std::vector<TensorDeclaration> declarations;
    std::size_t total = 0;
    for (const RandomTensor& tensor : tensors) {
        declarations.push_back(tensor.declaration);
        total += tensor.size() * sizeof(float);
    }
    SafeTensorsWriter writer(file, std::move(declarations), {{"format", "pt"}});
    std::vector<float> buffer(std::size_t{1} << 20U);
    std::size_t written = 0;
    for (std::size_t stream = 0; stream < tensors.size(); ++stream) {
        std::size_t const count = tensors[stream].size();
        for (std::size_t first = 0; first < count; first += buffer.size()) {
            std::span const values(buffer.data(), std::min(buffer.size(), count - first));
            fill(tensors[stream], seed, stream, first, values);
            writer.append(tensors[stream].declaration.name, std::as_bytes(values));
            written += values.size_bytes();
            if (progress) progress(written, total);
        }
    }
    writer.finish();
}

} // namespace random_detail

/// Writes FOLDER/model.safetensors (F32) of a model of any family, a `DecoderShape` or an
/// `EncoderShape` of numbers, and makes the folder where there is none. Equal seeds give equal
/// files, on every machine; a file of this name is replaced. Throws `tfm::Error` for a shape that
/// breaks a rule, and when the file cannot be written.
template <class Shape>
void write_random_weights(const std::filesystem::path& folder, const Shape& shape,
                          const CheckpointNames& names, const RandomSpread& spread,
                          std::uint64_t seed, const CheckpointProgress& progress = {})
{
    check_rules(shape);
    checkpoint_detail::make_folder(folder);
    random_detail::write_tensors(
        folder / "model.safetensors",
        random_detail::random_tensors(nn_detail::parameters_of_shape(shape), shape.block(), names,
                                      spread),
        seed, progress);
}

/// The same with FOLDER/config.json, of a decoder of the family whose choices the shape has: GPT-2,
/// GPT-NeoX, Llama, Mistral or Qwen2, with the values that its training began with. Its last token
/// ends a text, as in GPT-2's own vocabulary. Throws `tfm::Error` for a shape that no family has.
inline void write_random_checkpoint(const std::filesystem::path& folder, const DecoderShape& shape,
                                    std::uint64_t seed, const CheckpointProgress& progress = {})
{
    check_rules(shape);
    DecoderNames const names = known_family(shape).names;
    // The configuration last: a folder that has one is complete.
    write_random_weights(folder, shape, CheckpointNames(names), usual_spread(shape), seed,
                         progress);
    write_config(folder, shape, shape.vocab - 1, FileDType::F32);
}

/// The same of an encoder: a DistilBERT where the shape has no token types, else a BERT.
inline void write_random_checkpoint(const std::filesystem::path& folder, const EncoderShape& shape,
                                    std::uint64_t seed, const CheckpointProgress& progress = {})
{
    check_rules(shape);
    EncoderNames const names = known_family(shape).names;
    write_random_weights(folder, shape, CheckpointNames(names), usual_spread(shape), seed,
                         progress);
    write_config(folder, shape);
}

/// \deprecated `write_random_checkpoint`, which knows the family by the shape.
[[deprecated("use write_random_checkpoint")]] inline void
write_random_bert(const std::filesystem::path& folder, const EncoderShape& shape,
                  std::uint64_t seed, const CheckpointProgress& progress = {})
{
    require(shape.token_types > 0, [&] {
        return folder.string() + ": expected a shape with token types, as BERT's, found none";
    });
    write_random_checkpoint(folder, shape, seed, progress);
}

/// \deprecated `write_random_checkpoint`, which knows the family by the shape.
[[deprecated("use write_random_checkpoint")]] inline void
write_random_distilbert(const std::filesystem::path& folder, const EncoderShape& shape,
                        std::uint64_t seed, const CheckpointProgress& progress = {})
{
    require(shape.token_types == 0, [&] {
        return folder.string() + ": expected a shape without token types, as DistilBERT's, found " +
               std::to_string(shape.token_types);
    });
    write_random_checkpoint(folder, shape, seed, progress);
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
