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
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../io/safetensors.hpp"
#include "../io/safetensors_writer.hpp"
#include "../nn/parameters.hpp"

namespace tfm {

/// Its name in a model's folder.
inline constexpr std::string_view packed_file_name = "model.tfm.safetensors";

/// Told how many of the bytes of a file are written. What it throws ends the writing, and no file
/// is left behind.
using PackProgress = std::function<void(std::size_t written, std::size_t total)>;

inline namespace TFM_ISA_NAMESPACE {
namespace detail {

inline std::string sizes_of(const DecoderShape& shape)
{
    auto const number = [](std::size_t value) { return std::to_string(value); };
    // Only a table of positions depends on the context.
    std::size_t const table = shape.positions == Positions::learned ? shape.context : 0;
    return "vocab " + number(shape.vocab) + ", positions " + number(table) + ", width " +
           number(shape.width) + ", layers " + number(shape.layers) + ", heads " +
           number(shape.heads) + " of " + number(shape.head_width()) + ", kv_heads " +
           number(shape.key_heads()) + ", mlp_width " + number(shape.hidden());
}

/// What a file says of itself, and a reader must find. Padding hides small differences of sizes.
inline std::map<std::string, std::string> packed_metadata(const DecoderShape& shape, Dtype weights)
{
    return {{"format", "tfm"},
            {"version", "1"},
            {"layout", "panels of 16 columns, cells of 4 bytes of k"},
            {"shape", sizes_of(shape)},
            {"weights", std::string(name(weights))}};
}

/// Bytes of a tensor in the file.
inline std::size_t padded_bytes(const NamedTensor& tensor) noexcept
{
    return round_up(tensor.size_bytes, alignment);
}

inline void check_packed_metadata(const SafeTensors& file, const DecoderShape& shape, Dtype weights)
{
    for (const auto& wanted : packed_metadata(shape, weights)) {
        auto const entry = file.metadata().find(wanted.first);
        bool const is_there = entry != file.metadata().end();
        require(is_there && entry->second == wanted.second, [&] {
            std::string const found = is_there ? "'" + entry->second + "'" : "nothing";
            return file.path().string() + ": " + wanted.first + ": expected '" + wanted.second +
                   "', found " + found + "; pack the model again";
        });
    }
}

inline void write_packed_tensors(const std::vector<NamedTensor>& tensors,
                                 const std::map<std::string, std::string>& metadata,
                                 const std::filesystem::path& path, const PackProgress& progress)
{
    std::vector<TensorDeclaration> declarations;
    std::size_t total = 0;
    for (const NamedTensor& tensor : tensors) {
        FileDType const dtype = file_dtype(tensor.dtype);
        declarations.push_back({tensor.name, dtype, {padded_bytes(tensor) / size_of(dtype)}});
        total += padded_bytes(tensor);
    }
    SafeTensorsWriter writer(path, std::move(declarations), metadata);
    std::size_t written = 0;
    for (const NamedTensor& tensor : tensors) {
        constexpr std::array<std::byte, alignment> zeros{};
        writer.append(tensor.name, {static_cast<const std::byte*>(tensor.data), tensor.size_bytes});
        writer.append(tensor.name,
                      std::span(zeros).first(padded_bytes(tensor) - tensor.size_bytes));
        written += padded_bytes(tensor);
        if (progress) progress(written, total);
    }
    writer.finish();
}

inline void borrow_packed_tensors(const std::vector<NamedTensor>& tensors, const SafeTensors& file)
{
    for (const NamedTensor& tensor : tensors) {
        const TensorInfo& stored = file.at(tensor.name);
        FileDType const dtype = file_dtype(tensor.dtype);
        auto const where = [&] {
            return file.path().string() + ": tensor '" + tensor.name + "': expected ";
        };
        require(stored.dtype == dtype && stored.bytes.size() == padded_bytes(tensor), [&] {
            return where() + std::to_string(padded_bytes(tensor)) + " bytes of " +
                   std::string(name(dtype)) + ", found " + std::to_string(stored.bytes.size()) +
                   " of " + std::string(name(stored.dtype)) + "; pack the model again";
        });
        auto const address = reinterpret_cast<std::uintptr_t>(stored.bytes.data());
        require(address % alignment == 0, [&] { return where() + "data aligned to 64 bytes"; });
        tensor.borrow(const_cast<std::byte*>(stored.bytes.data())); // only ever read
    }
}

} // namespace detail

/// Writes every tensor of a model. Throws `tfm::Error` where the file cannot be written; it then
/// does not exist.
template <DecoderShape S, Precision P>
void write_packed_file(Decoder<S, P>& model, const std::filesystem::path& path,
                       const PackProgress& progress = {})
{
    detail::write_packed_tensors(tensors_of(model), detail::packed_metadata(S, P.weights), path,
                                 progress);
}

/// Whether a packed file holds weights as precision P multiplies them.
template <Precision P>
bool has_weights_of(const SafeTensors& file)
{
    auto const entry = file.metadata().find("weights");
    return entry != file.metadata().end() && entry->second == name(P.weights);
}

/// A model whose tensors lie in the file, which stays mapped while the model lives: pages are read
/// when they are first used, and shared with other processes. Throws `tfm::Error` naming file and
/// tensor for a file of another version, layout, precision or shape. Values are taken as they are.
template <DecoderShape S, Precision P>
Decoder<S, P> map_packed_file(SafeTensors opened)
{
    auto file = std::make_shared<const SafeTensors>(std::move(opened));
    detail::check_packed_metadata(*file, S, P.weights);
    Decoder<S, P> model;
    detail::borrow_packed_tensors(tensors_of(model), *file);
    model.keep_alive(std::move(file));
    return model;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
