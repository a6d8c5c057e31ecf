#pragma once

/// \file
/// A model's tensors in a file as they are in memory, to be mapped and used in place.
///
/// It is a safetensors file. Each tensor is one run of elements in the layout that `Packed` states
/// (the same on every instruction set), padded with zeros to 64 bytes, so that all of them are
/// aligned; `__metadata__` says what the elements are.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "../function_ref.hpp"
#include "../io/safetensors.hpp"
#include "../io/safetensors_writer.hpp"
#include "../nn/decoder.hpp"
#include "../nn/encoder.hpp"
#include "../nn/parameters.hpp"
#include "packed_file_name.hpp"

namespace tfm {

/// Told how many of the bytes of a file are written. What it throws ends the writing, and no file
/// is left behind.
using PackProgress = FunctionRef<void(std::size_t written, std::size_t total)>;

inline namespace TFM_BUILD_NAMESPACE {
namespace packed_detail {

/// What a file must say of its model's sizes.
inline std::string sizes_of(const DecoderShape& shape)
{
    auto const number = [](std::size_t value) { return std::to_string(value); };
    return "vocab " + number(shape.vocab) + ", positions " + number(shape.table_positions()) +
           ", width " + number(shape.width) + ", layers " + number(shape.layers) + ", heads " +
           number(shape.heads) + " of " + number(shape.head_width()) + ", kv_heads " +
           number(shape.key_heads()) + ", mlp_width " + number(shape.hidden());
}

inline std::string sizes_of(const EncoderShape& shape)
{
    auto const number = [](std::size_t value) { return std::to_string(value); };
    return "encoder, vocab " + number(shape.vocab) + ", positions " + number(shape.context) +
           ", token_types " + number(shape.token_types) + ", width " + number(shape.width) +
           ", layers " + number(shape.layers) + ", heads " + number(shape.heads) + ", mlp_width " +
           number(shape.hidden()) + ", pooler " + (shape.pooler == Pooler::none ? "no" : "yes") +
           ", labels " + number(shape.labels);
}

/// What a file says of itself, and a reader must find. Padding hides small differences of sizes.
inline std::map<std::string, std::string> metadata(const std::string& sizes, Dtype weights)
{
    return {{"format", "tfm"},
            {"version", "1"},
            {"layout", "panels of 16 columns, cells of 4 bytes of k"},
            {"shape", sizes},
            {"weights", std::string(name(weights))}};
}

inline void check_metadata(const SafeTensors& file, const std::string& sizes, Dtype weights)
{
    for (const auto& wanted : metadata(sizes, weights)) {
        auto const entry = file.metadata().find(wanted.first);
        bool const is_there = entry != file.metadata().end();
        require(is_there && entry->second == wanted.second, [&] {
            std::string const found = is_there ? "'" + entry->second + "'" : "nothing";
            return file.path().string() + ": " + wanted.first + ": expected '" + wanted.second +
                   "', found " + found + "; pack the model again";
        });
    }
}

/// One tensor of a file: the elements of a parameter, or the scales that go with them.
struct PackedTensor {
    std::string name;
    FileDType dtype;
    std::span<std::byte> bytes;                         ///< in memory
    void* tensor;                                       ///< the `Tensor`, for `borrow`
    void (*borrow)(void* tensor, std::byte* elsewhere); ///< makes it use other memory

    /// Bytes in the file.
    std::size_t padded_bytes() const noexcept { return round_up(bytes.size(), alignment); }
};

template <class T, class L>
void add_tensor(std::vector<PackedTensor>& list, std::string name, Tensor<T, L>& tensor)
{
    list.push_back({std::move(name),
                    file_dtype(dtype_traits<T>::dtype),
                    {reinterpret_cast<std::byte*>(tensor.data()), tensor.size_bytes()},
                    &tensor,
                    [](void* self, std::byte* elsewhere) {
                        auto& borrower = *static_cast<Tensor<T, L>*>(self);
                        borrower = Tensor<T, L>::borrow(reinterpret_cast<T*>(elsewhere),
                                                        borrower.layout());
                    }});
}

inline void add_tensor(std::vector<PackedTensor>& list, const std::string& name,
                       QuantizedTensor<>& tensor)
{
    add_tensor(list, name, tensor.values);
    add_tensor(list, name + ".scales", tensor.scales);
}

/// The tensors of a file, in the order of the parameters.
inline std::vector<PackedTensor> tensors_of(std::span<const ParameterTensor> parameters)
{
    std::vector<PackedTensor> list;
    for (const ParameterTensor& entry : parameters) {
        std::visit([&](auto* tensor) { add_tensor(list, name_of(entry.parameter), *tensor); },
                   entry.tensor);
    }
    return list;
}

inline void write(std::span<const ParameterTensor> parameters, const std::string& sizes,
                  Dtype weights, const std::filesystem::path& path, const PackProgress& progress)
{
    std::vector<PackedTensor> const tensors = tensors_of(parameters);
    std::vector<TensorDeclaration> declarations;
    std::size_t total = 0;
    for (const PackedTensor& tensor : tensors) {
        declarations.push_back(
            {tensor.name, tensor.dtype, {tensor.padded_bytes() / size_of(tensor.dtype)}});
        total += tensor.padded_bytes();
    }
    SafeTensorsWriter writer(path, std::move(declarations), metadata(sizes, weights));
    std::size_t written = 0;
    for (const PackedTensor& tensor : tensors) {
        constexpr std::array<std::byte, alignment> zeros{};
        writer.append(tensor.name, tensor.bytes);
        writer.append(tensor.name,
                      std::span(zeros).first(tensor.padded_bytes() - tensor.bytes.size()));
        written += tensor.padded_bytes();
        if (progress) progress(written, total);
    }
    writer.finish();
}

inline void borrow(std::span<const ParameterTensor> parameters, const SafeTensors& file)
{
    for (const PackedTensor& tensor : tensors_of(parameters)) {
        const TensorInfo& stored = file.at(tensor.name);
        auto const where = [&] {
            return file.path().string() + ": tensor '" + tensor.name + "': expected ";
        };
        require(stored.dtype == tensor.dtype && stored.bytes.size() == tensor.padded_bytes(), [&] {
            return where() + std::to_string(tensor.padded_bytes()) + " bytes of " +
                   std::string(name(tensor.dtype)) + ", found " +
                   std::to_string(stored.bytes.size()) + " of " + std::string(name(stored.dtype)) +
                   "; pack the model again";
        });
        auto const address = reinterpret_cast<std::uintptr_t>(stored.bytes.data());
        require(address % alignment == 0, [&] { return where() + "data aligned to 64 bytes"; });
        // Parameters are only ever read.
        tensor.borrow(tensor.tensor, const_cast<std::byte*>(stored.bytes.data()));
    }
}

/// Makes the tensors of `weights`, of a decoder or an encoder, lie in the file, which stays mapped
/// as long as they live.
template <class Weights>
void map(Weights& weights, SafeTensors opened, Dtype dtype)
{
    auto file = std::make_shared<const SafeTensors>(std::move(opened));
    check_metadata(*file, sizes_of(weights.shape), dtype);
    borrow(nn_detail::list_parameters(weights), *file);
    weights.memory = std::move(file);
}

} // namespace packed_detail

/// Whether a packed file holds weights of this type.
inline bool has_weights_of(const SafeTensors& file, Dtype weights)
{
    auto const entry = file.metadata().find("weights");
    return entry != file.metadata().end() && entry->second == name(weights);
}

} // namespace TFM_BUILD_NAMESPACE

inline namespace TFM_ISA_NAMESPACE {

/// Writes every parameter of a `Decoder` or an `Encoder`. Throws `tfm::Error` where the file cannot
/// be written; it then does not exist.
template <class Model>
void write_packed_file(Model& model, const std::filesystem::path& path,
                       const PackProgress& progress = {})
{
    packed_detail::write(parameters_of(model), packed_detail::sizes_of(model.sizes()),
                         Model::precision.weights, path, progress);
}

/// A decoder whose tensors lie in the file, which stays mapped while the model lives: pages are
/// read when they are first used, and shared with other processes. Throws `tfm::Error` naming file
/// and tensor for a file of another version, layout, precision or shape. Values are taken as they
/// are.
template <DecoderShape S, Precision P>
requires(S.is_static()) Decoder<S, P> map_packed_file(SafeTensors opened)
{
    Decoder<S, P> model;
    packed_detail::map(model.model().weights, std::move(opened), P.weights);
    return model;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
