#pragma once

/// \file
/// Writing and borrowing the tensors of a packed file.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../diagnostics.hpp"
#include "../io/safetensors_writer.hpp"
#include "packed_tensors.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace packed_detail {

/// The rotary features, whose order in a file is that of their pairs.
inline std::string rotary_of(const DecoderShape& shape)
{
    if (shape.rotary_width() == 0) return {};
    return ", rotary " + std::to_string(shape.rotary_width()) +
           (shape.rotary.pairing == RotaryPairing::halves ? " in halves" : " interleaved");
}

TFM_INLINE std::string sizes_of(const DecoderShape& shape)
{
    auto const number = [](std::size_t value) { return std::to_string(value); };
    return "vocab " + number(shape.vocab) + ", positions " + number(shape.table_positions()) +
           ", width " + number(shape.width) + ", layers " + number(shape.layers) + ", heads " +
           number(shape.heads) + " of " + number(shape.head_width()) + ", kv_heads " +
           number(shape.key_heads()) + ", mlp_width " + number(shape.hidden()) +
           (shape.tied_head ? "" : ", head") + rotary_of(shape);
}

TFM_INLINE std::string sizes_of(const EncoderShape& shape)
{
    auto const number = [](std::size_t value) { return std::to_string(value); };
    return "encoder, vocab " + number(shape.vocab) + ", positions " + number(shape.context) +
           ", token_types " + number(shape.token_types) + ", width " + number(shape.width) +
           ", layers " + number(shape.layers) + ", heads " + number(shape.heads) + ", mlp_width " +
           number(shape.hidden()) + ", pooler " + (shape.pooler == Pooler::none ? "no" : "yes") +
           ", labels " + number(shape.labels);
}

/// What a file says of itself, and a reader must find.
inline std::map<std::string, std::string> metadata(const std::string& sizes, Dtype weights)
{
    return {{"format", "tfm"},
            {"version", "1"},
            {"layout", "panels of 16 columns, cells of 4 bytes of k"},
            {"shape", sizes},
            {"weights", std::string(name(weights))}};
}

TFM_INLINE void check_metadata(const SafeTensors& file, const std::string& sizes, Dtype weights)
{
    for (const auto& wanted : metadata(sizes, weights)) {
        auto const entry = file.metadata().find(wanted.first);
        bool const is_there = entry != file.metadata().end();
        require(is_there && entry->second == wanted.second, [&] {
            std::string const found = is_there ? detail::in_quotes(entry->second) : "nothing";
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
        entry.tensor.visit(
            [&](auto& tensor) { add_tensor(list, name_of(entry.parameter), tensor); });
    }
    return list;
}

TFM_INLINE void write(std::span<const ParameterTensor> parameters, const std::string& sizes,
                      Dtype weights, const std::filesystem::path& path,
                      FunctionRef<void(std::size_t written, std::size_t total)> progress)
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

TFM_INLINE void borrow(std::span<const ParameterTensor> parameters, const SafeTensors& file)
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

} // namespace packed_detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
