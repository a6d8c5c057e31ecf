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
#include <type_traits>
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

template <Element T>
constexpr FileDType file_dtype_of() noexcept
{
    if constexpr (std::is_same_v<T, float>) return FileDType::F32;
    if constexpr (std::is_same_v<T, bf16>) return FileDType::BF16;
    return FileDType::I8;
}

constexpr std::string_view name_of(Dtype dtype) noexcept
{
    constexpr std::string_view names[] = {"fp32", "bf16", "int8"};
    return names[static_cast<std::size_t>(dtype)];
}

inline std::string sizes_of(const DecoderShape& shape)
{
    auto const number = [](std::size_t value) { return std::to_string(value); };
    return "vocab " + number(shape.vocab) + ", context " + number(shape.context) + ", width " +
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
            {"weights", std::string(name_of(weights))}};
}

/// Elements of a tensor in the file.
template <class T, class L>
std::size_t padded_size(const Tensor<T, L>& tensor) noexcept
{
    return round_up(tensor.size(), alignment / sizeof(T));
}

inline void check_packed_metadata(const SafeTensors& file, const DecoderShape& shape, Dtype weights)
{
    for (const auto& [key, expected] : packed_metadata(shape, weights)) {
        auto const entry = file.metadata().find(key);
        bool const same = entry != file.metadata().end() && entry->second == expected;
        require(same, [&] {
            std::string const found =
                entry == file.metadata().end() ? "nothing" : "'" + entry->second + "'";
            return file.path().string() + ": " + key + ": expected '" + expected + "', found " +
                   found + "; pack the model again";
        });
    }
}

} // namespace detail

/// Writes every tensor of a model, in the order of their use. Throws `tfm::Error` where the file
/// cannot be written; it then does not exist.
template <DecoderShape S, Precision P>
void write_packed_file(Decoder<S, P>& model, const std::filesystem::path& path,
                       const PackProgress& progress = {})
{
    std::vector<TensorDeclaration> declarations;
    std::size_t total = 0;
    for_each_tensor(model, [&]<class T, class L>(const std::string& name, Tensor<T, L>& tensor) {
        declarations.push_back({name, detail::file_dtype_of<T>(), {detail::padded_size(tensor)}});
        total += detail::padded_size(tensor) * sizeof(T);
    });
    SafeTensorsWriter writer(path, declarations, detail::packed_metadata(S, P.weights));
    std::size_t written = 0;
    for_each_tensor(model, [&]<class T, class L>(const std::string& name, Tensor<T, L>& tensor) {
        constexpr std::array<std::byte, alignment> zeros{};
        std::size_t const size = detail::padded_size(tensor) * sizeof(T);
        writer.append(name, std::as_bytes(std::span(tensor.data(), tensor.size())));
        writer.append(name, std::span(zeros).first(size - tensor.size_bytes()));
        written += size;
        if (progress) progress(written, total);
    });
    writer.finish();
}

/// Whether a packed file holds weights as precision P multiplies them.
template <Precision P>
bool has_weights_of(const SafeTensors& file)
{
    auto const entry = file.metadata().find("weights");
    return entry != file.metadata().end() && entry->second == detail::name_of(P.weights);
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
    for_each_tensor(model, [&]<class T, class L>(const std::string& name, Tensor<T, L>& tensor) {
        const TensorInfo& stored = file->at(name);
        std::size_t const expected = detail::padded_size(tensor) * sizeof(T);
        std::string const where = file->path().string() + ": tensor '" + name + "': expected ";
        require(stored.dtype == detail::file_dtype_of<T>() && stored.bytes.size() == expected, [&] {
            return where + std::to_string(expected) + " bytes of " +
                   std::string(tfm::name(detail::file_dtype_of<T>())) + ", found " +
                   std::to_string(stored.bytes.size()) + " of " +
                   std::string(tfm::name(stored.dtype)) + "; pack the model again";
        });
        auto const address = reinterpret_cast<std::uintptr_t>(stored.bytes.data());
        require(address % alignment == 0, [&] { return where + "data aligned to 64 bytes"; });
        auto* const data = const_cast<std::byte*>(stored.bytes.data()); // only ever read
        tensor = Tensor<T, L>::borrow(reinterpret_cast<T*>(data), tensor.layout());
    });
    model.keep_alive(std::move(file));
    return model;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
