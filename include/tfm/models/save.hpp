#pragma once

/// \file
/// Models to Hugging Face folders.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../io/safetensors_writer.hpp"
#include "../nn/decoder.hpp"
#include "../nn/encoder.hpp"
#include "checkpoint.hpp"
#include "shape_family.hpp"
#include "state_dict.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Rule: weights can be given back as they were.
template <Precision P>
struct SavedExactly : std::true_type {
    static_assert(
        P.weights != Dtype::int8,
        "tfm: weights in int8 are not those that the model was filled with. Save the fp32 "
        "or bf16 model that they are made from, and load it in int8; or keep int8 with "
        "write_packed_file.");
};

namespace detail {

/// A parameter's numbers to where a checkpoint has them: the reverse of `ParameterReader`.
struct ParameterWriter {
    const StoredParameter& stored;
    std::span<float> values; ///< of the whole stored tensor

    std::size_t column(std::size_t n) const noexcept
    {
        return stored.own_columns().empty() ? n : stored.own_columns()[n];
    }

    void operator()(const Tensor<float, Vec<>>& vector) const
    {
        for (std::size_t n = 0; n < vector.cols(); ++n) values[column(n)] = vector(n);
    }
    void operator()(const Tensor<float, RowMajor<>>& table) const
    {
        std::copy_n(table.data(), table.size(), values.begin());
    }
    template <class T>
    void operator()(const Tensor<T, Packed<>>& weight) const
    {
        auto const cells = weight.view();
        for (std::size_t n = 0; n < cells.cols(); ++n) {
            std::size_t const first = column(n);
            for (std::size_t k = 0; k < cells.rows(); ++k) {
                std::size_t const at =
                    stored.transposed() ? first * cells.rows() + k : k * stored.columns() + first;
                values[at] = static_cast<float>(cells(k, n));
            }
        }
    }
    /// Not reached: see `SavedExactly`.
    void operator()(const QuantizedTensor<>&) const {}
};

/// Parameters of blocks of this shape, and of what stands around them, as a checkpoint has them.
inline StateDict unpack(std::span<const ParameterTensor> parameters, const BlockShape& block,
                        const CheckpointNames& names)
{
    StateDict state;
    std::span<float> values;
    for (const ParameterTensor& entry : parameters) {
        Parameter const& parameter = entry.parameter;
        StoredParameter const stored(names, block, parameter);
        std::string name = checkpoint_detail::written_name(names, stored, parameter.role);
        // Queries, keys and values may share a tensor, whose parts do not follow each other.
        const TensorInfo* const found = state.find(name);
        if (found == nullptr) {
            values = state.create(std::move(name), stored.extents());
        } else {
            values = state.values(*found);
        }
        entry.tensor.visit(ParameterWriter{stored, values});
    }
    return state;
}

/// The parameters of a decoder or an encoder.
template <class Model>
StateDict state_dict(const Model& model, const CheckpointNames& names)
{
    static_assert(SavedExactly<Model::precision>::value);
    // The list names tensors to write, and here they are read.
    auto& weights = const_cast<Model&>(model).model().weights;
    nn_detail::require_filled("tfm::state_dict", weights.is_filled);
    return unpack(nn_detail::list_parameters(weights), weights.block_shape, names);
}

} // namespace detail

/// A decoder's parameters in fp32 under such names, rotary features in the order of a checkpoint:
/// what `load_parameters` takes. Throws `tfm::Error` where nobody has filled them.
template <DecoderShape S, Precision P>
StateDict state_dict(const Decoder<S, P>& model, const DecoderNames& names)
{
    return detail::state_dict(model, CheckpointNames(names));
}

/// The same of an encoder.
template <EncoderShape S, Precision P>
StateDict state_dict(const Encoder<S, P>& model, const EncoderNames& names)
{
    return detail::state_dict(model, CheckpointNames(names));
}

/// Writes all arrays to a safetensors file. Throws `tfm::Error` when it cannot be written; it is
/// then not there, or as it was.
inline void write_state_dict(const StateDict& state, const std::filesystem::path& file)
{
    std::vector<TensorDeclaration> declarations;
    for (const TensorInfo& array : state.tensors())
        declarations.push_back({array.name, array.dtype, array.shape});
    SafeTensorsWriter writer(file, std::move(declarations), {{"format", "pt"}});
    for (const TensorInfo& array : state.tensors()) writer.append(array.name, array.bytes);
    writer.finish();
}

/// Writes FOLDER/model.safetensors of a decoder or an encoder under such names, and makes the
/// folder where there is none: what `load_weights` reads. Throws `tfm::Error` where nobody has
/// filled the model and when the file cannot be written.
template <class Model, class Names>
void save_weights(const Model& model, const std::filesystem::path& folder, const Names& names)
{
    StateDict const state = state_dict(model, names);
    checkpoint_detail::make_folder(folder);
    write_state_dict(state, folder / "model.safetensors");
}

/// Writes a Hugging Face folder of a decoder, config.json and model.safetensors in F32, which
/// `load`, in any precision, and transformers read: of GPT-2, GPT-NeoX, Llama, Mistral or Qwen2,
/// whose choices the shape has. Throws `tfm::Error` for a shape that no family has, where nobody
/// has filled the model, and when a file cannot be written.
/// \param end_of_text the token that begins and ends texts, if there is one
template <DecoderShape S, Precision P>
void save_model(const Decoder<S, P>& model, const std::filesystem::path& folder,
                std::optional<std::size_t> end_of_text = std::nullopt)
{
    // The configuration last: a folder that has one is complete.
    save_weights(model, folder, known_family(model.sizes()).names);
    write_config(folder, model.sizes(), end_of_text, FileDType::F32);
}

/// The same of an encoder: BERT, or DistilBERT where there are no token types.
template <EncoderShape S, Precision P>
void save_model(const Encoder<S, P>& model, const std::filesystem::path& folder)
{
    save_weights(model, folder, known_family(model.sizes()).names);
    write_config(folder, model.sizes());
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
