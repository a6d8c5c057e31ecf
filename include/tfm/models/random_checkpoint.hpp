#pragma once

/// \file
/// Hugging Face folders with random parameters, so that speed and memory can be measured where
/// nothing can be downloaded.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "../function_ref.hpp"
#include "../io/safetensors_writer.hpp"
#include "../nn/parameters.hpp"
#include "../nn/shape_rules.hpp"
#include "../parallel.hpp"
#include "bert.hpp"
#include "checkpoint.hpp"
#include "distilbert.hpp"
#include "gpt2.hpp"
#include "random_numbers.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Told how many of the bytes of a checkpoint are written. What it throws ends the writing, and no
/// file is left behind.
using CheckpointProgress = FunctionRef<void(std::size_t written, std::size_t total)>;

/// How far random weights spread: the values that training begins with.
struct RandomSpread {
    double weights = 0.02;  ///< standard deviation of weights and embeddings
    double residual = 0.02; ///< of those that write to the residual stream
};

/// What GPT-2's training began with (Radford et al. 2019): weights that write to the residual
/// stream spread less, by the root of how many do.
inline RandomSpread gpt2_spread(std::size_t layers)
{
    return {0.02, 0.02 / std::sqrt(2.0 * static_cast<double>(layers))};
}

namespace random_detail {

/// A tensor to be made up: normal around 0, or the same number throughout.
struct RandomTensor {
    TensorDeclaration declaration;
    double deviation; ///< 0: all elements are `constant`
    float constant;

    std::size_t size() const noexcept
    {
        std::size_t count = 1;
        for (std::size_t const extent : declaration.shape) count *= extent;
        return count;
    }
};

inline RandomTensor random_tensor(const CheckpointNames& names, const StoredParameter& stored,
                                  const Parameter& parameter, const RandomSpread& spread)
{
    // What stands on top of a body is beside it in the checkpoint, not under its prefix.
    bool const has_prefix = parameter.role != Role::head && parameter.role != Role::classifier &&
                            (parameter.role != Role::pooler || names.pooler_in_body);
    std::string name(has_prefix ? names.prefix : std::string_view());
    name += stored.name();
    bool const writes_residual =
        parameter.role == Role::attention_projection || parameter.role == Role::mlp_down;
    RandomTensor tensor{{std::move(name), FileDType::F32, stored.extents()},
                        writes_residual ? spread.residual : spread.weights,
                        0.0F};
    if (parameter.kind == ParameterKind::gain || parameter.kind == ParameterKind::bias)
        tensor.deviation = 0.0;
    if (parameter.kind == ParameterKind::gain) tensor.constant = 1.0F;
    return tensor;
}

/// The tensors of a checkpoint: norms that do nothing, biases of zero, and random weights.
template <class Shape>
std::vector<RandomTensor> random_tensors(const Shape& shape, const CheckpointNames& names,
                                         const RandomSpread& spread)
{
    std::vector<RandomTensor> tensors;
    BlockShape const block = shape.block();
    shape.visit_parameters([&](const Parameter& parameter) {
        bool const is_part =
            parameter.role != Role::query && checkpoint_detail::shares_qkv(names, parameter.role);
        if (parameter.size() == 0 || is_part) return;
        tensors.push_back(
            random_tensor(names, StoredParameter(names, block, parameter), parameter, spread));
    });
    return tensors;
}

/// Elements [first, first + values.size()) of tensor number `stream`, on all threads.
inline void fill(const RandomTensor& tensor, std::uint64_t seed, std::size_t stream,
                 std::size_t first, std::span<float> values) noexcept
{
    numbers_detail::NormalStream const normal(seed, stream, tensor.deviation);
    parallel(default_threads(), [&](Team team) {
        IndexRange const share = team.share(values.size());
        for (std::size_t i = share.begin; i < share.end; ++i)
            values[i] = tensor.deviation == 0.0 ? tensor.constant : normal(first + i);
    });
}

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

inline void make_folder(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::error_code ignored;
    require(std::filesystem::is_directory(folder, ignored), [&] {
        return folder.string() + ": cannot be made a folder" +
               (error ? " (" + error.message() + ")" : std::string());
    });
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
    random_detail::make_folder(folder);
    random_detail::write_tensors(folder / "model.safetensors",
                                 random_detail::random_tensors(shape, names, spread), seed,
                                 progress);
}

/// The same of a GPT-2 with the values that its training began with, and FOLDER/config.json. Its
/// last token ends a text, as in GPT-2's own vocabulary.
inline void write_random_checkpoint(const std::filesystem::path& folder, const DecoderShape& shape,
                                    std::uint64_t seed, const CheckpointProgress& progress = {})
{
    // The configuration last: a folder that has one is complete.
    write_random_weights(folder, shape, CheckpointNames(gpt2_names), gpt2_spread(shape.layers),
                         seed, progress);
    write_gpt2_config(folder, shape, shape.vocab - 1, FileDType::F32);
}

/// The same of a BERT.
inline void write_random_bert(const std::filesystem::path& folder, const EncoderShape& shape,
                              std::uint64_t seed, const CheckpointProgress& progress = {})
{
    write_random_weights(folder, shape, CheckpointNames(bert_names), {}, seed, progress);
    write_bert_config(folder, shape);
}

/// The same of a DistilBERT, a shape without token types.
inline void write_random_distilbert(const std::filesystem::path& folder, const EncoderShape& shape,
                                    std::uint64_t seed, const CheckpointProgress& progress = {})
{
    require(shape.token_types == 0, [&] {
        return folder.string() + ": expected a shape without token types, as DistilBERT's, found " +
               std::to_string(shape.token_types);
    });
    write_random_weights(folder, shape, CheckpointNames(distilbert_names), {}, seed, progress);
    write_distilbert_config(folder, shape);
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
