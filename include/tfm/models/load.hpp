#pragma once

/// \file
/// A decoder from a Hugging Face folder.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../nn/decoder.hpp"
#include "../nn/rotary.hpp"
#include "balance.hpp"
#include "family.hpp"
#include "packed_file.hpp"
#include "parameter_reader.hpp"
#include "shape_check.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

template <std::size_t N>
void read_norm(const ParameterReader& reader, const std::string& name, LayerNorm<N>& norm)
{
    reader.read_vector(name + ".weight", norm.gain);
    reader.read_vector(name + ".bias", norm.bias);
}

template <std::size_t N>
void read_norm(const ParameterReader& reader, const std::string& name, RmsNorm<N>& norm)
{
    reader.read_vector(name + ".weight", norm.gain);
}

/// The given outputs of a linear layer in the file.
template <std::size_t K, std::size_t N, bool HasBias, Dtype D, class Column>
void read_linear(const ParameterReader& reader, const std::string& name, Orientation orientation,
                 Linear<K, N, HasBias, D>& linear, const FileColumns<Column>& columns,
                 std::span<const float> row_factors = {})
{
    reader.read_packed(name + ".weight", orientation, linear.weight, columns, row_factors);
    if constexpr (HasBias) reader.read_vector(name + ".bias", linear.bias, columns);
}

template <std::size_t K, std::size_t N, bool HasBias, Dtype D>
void read_linear(const ParameterReader& reader, const std::string& name, Orientation orientation,
                 Linear<K, N, HasBias, D>& linear, std::span<const float> row_factors = {})
{
    read_linear(reader, name, orientation, linear, every_column(N), row_factors);
}

/// Which of queries, keys and values, in the order in which one matrix stores them.
enum class QkvPart : std::size_t { query, key, value };

/// The columns of one of the three in a checkpoint's matrix: heads where the storage has them, and
/// the pairs of rotary features side by side.
template <DecoderShape S>
auto qkv_columns(QkvStorage storage, QkvPart part) noexcept
{
    constexpr std::size_t head_width = S.head_width();
    auto const index = static_cast<std::size_t>(part);
    std::size_t first = 0;
    std::size_t head_stride = head_width;
    std::size_t count = part == QkvPart::query ? S.query_width() : S.key_width();
    if (storage == QkvStorage::one_matrix) {
        std::size_t const offsets[] = {0, S.query_width(), S.query_width() + S.key_width()};
        first = offsets[index];
    } else if (storage == QkvStorage::one_matrix_by_heads) {
        first = index * head_width;
        head_stride = 3 * head_width;
    }
    if (storage != QkvStorage::three_matrices) count = S.query_width() + 2 * S.key_width();
    return FileColumns{count, [=](std::size_t n) {
                           std::size_t const feature = n % head_width;
                           return first + n / head_width * head_stride +
                                  (part == QkvPart::value ? feature : rotary_source<S>(feature));
                       }};
}

template <DecoderShape S, Dtype D>
void read_attention(const ParameterReader& reader, const DecoderNames& names, std::size_t index,
                    Attention<S, D>& attention, std::span<const float> row_factors = {})
{
    auto const read = [&](QkvPart part, std::string_view own, auto& linear) {
        bool const separate = names.qkv_storage == QkvStorage::three_matrices;
        read_linear(reader, block_name(separate ? own : names.qkv, index), names.orientation,
                    linear, qkv_columns<S>(names.qkv_storage, part), row_factors);
    };
    read(QkvPart::query, names.query, attention.query);
    read(QkvPart::key, names.key, attention.key);
    read(QkvPart::value, names.value, attention.value);
    read_linear(reader, block_name(names.attention_projection, index), names.orientation,
                attention.projection);
}

template <DecoderShape S, Dtype D>
void read_mlp(const ParameterReader& reader, const DecoderNames& names, std::size_t index,
              Mlp<S, D>& mlp, std::span<const float> row_factors = {})
{
    read_linear(reader, block_name(names.mlp_up, index), names.orientation, mlp.up, row_factors);
    if constexpr (S.gated_mlp) {
        read_linear(reader, block_name(names.mlp_gate, index), names.orientation, mlp.gate,
                    row_factors);
    }
    read_linear(reader, block_name(names.mlp_down, index), names.orientation, mlp.down);
}

/// The tensors that queries, keys and values are made with.
inline std::vector<std::string> qkv_names(const DecoderNames& names, std::size_t index)
{
    if (names.qkv_storage != QkvStorage::three_matrices) return {block_name(names.qkv, index)};
    return {block_name(names.query, index), block_name(names.key, index),
            block_name(names.value, index)};
}

template <DecoderShape S, Dtype D>
void read_block(const ParameterReader& reader, const DecoderNames& names, std::size_t index,
                Block<S, D>& block)
{
    read_norm(reader, block_name(names.attention_norm, index), block.attention_norm);
    if constexpr (S.has_mlp_norm()) {
        read_norm(reader, block_name(names.mlp_norm, index), block.mlp_norm);
    }
    // Norms that stand before feed nothing but matmuls: scales may move from one to the other.
    constexpr bool balances = D == Dtype::int8 && S.norm_placement == NormPlacement::before;
    std::vector<float> attention_factors;
    std::vector<float> mlp_factors;
    if constexpr (balances) {
        constexpr bool shared = !S.has_mlp_norm();
        std::vector<std::string> const attention_inputs = qkv_names(names, index);
        std::vector<std::string> mlp_inputs{block_name(names.mlp_up, index)};
        if (S.gated_mlp) mlp_inputs.push_back(block_name(names.mlp_gate, index));
        if constexpr (shared) {
            mlp_inputs.insert(mlp_inputs.end(), attention_inputs.begin(), attention_inputs.end());
            mlp_factors = balance(reader, mlp_inputs, names.orientation, block.attention_norm);
            attention_factors = mlp_factors;
        } else {
            attention_factors =
                balance(reader, attention_inputs, names.orientation, block.attention_norm);
            mlp_factors = balance(reader, mlp_inputs, names.orientation, block.mlp_norm);
        }
    }
    read_attention<S>(reader, names, index, block.attention, attention_factors);
    read_mlp<S>(reader, names, index, block.mlp, mlp_factors);
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
    if constexpr (S.positions == Positions::learned) {
        reader.read_matrix(std::string(names.position_embedding), model.position_embedding);
    }
    for (std::size_t i = 0; i < S.layers; ++i) {
        detail::read_block<S>(reader, names, i, (*model.blocks)[i]);
    }
    if constexpr (S.has_final_norm()) {
        detail::read_norm(reader, std::string(names.final_norm), model.final_norm);
    }
    if constexpr (!S.tied_head) {
        reader.read_packed(std::string(names.head), Orientation::out_in, model.untied_head());
    }
}

/// A decoder of shape S from FOLDER/model.safetensors, whatever a config.json says.
/// Throws `tfm::Error` naming file, tensor, expected and found.
template <DecoderShape S, Precision P = precision::fp32>
Decoder<S, P> load_weights(const std::filesystem::path& folder, const DecoderNames& names)
{
    SafeTensors const file = SafeTensors::open(folder / "model.safetensors");
    Decoder<S, P> model;
    load_parameters(file, names, model);
    return model;
}

template <DecoderShape S, Precision P>
Decoder<S, P> Decoder<S, P>::load(const std::filesystem::path& folder)
{
    DecoderFamily const family = read_family(folder);
    check_shape(folder / "config.json", S, family.shape, family.fields);
    // A packed file of other weights is an error only where there is nothing to pack again from.
    if (auto const packed = folder / packed_file_name; std::filesystem::exists(packed)) {
        SafeTensors file = SafeTensors::open(packed);
        if (has_weights_of<P>(file) || !std::filesystem::exists(folder / "model.safetensors")) {
            return map_packed_file<S, P>(std::move(file));
        }
    }
    return load_weights<S, P>(folder, family.names);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
