#pragma once

/// \file
/// Streaming a safetensors file.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostics.hpp"
#include "safetensors_header.hpp"
#include "safetensors_writer.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// `text` as a JSON string. Bytes from 0x80 up are kept: the header's own check finds bad UTF-8.
inline std::string json_string(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            result += "\\u00";
            result += digits[byte >> 4U];
            result += digits[byte & 0xFU];
            continue;
        }
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

/// The header for these tensors, without padding, and the bytes of each into `sizes`.
inline std::string safetensors_header_json(const std::vector<TensorDeclaration>& tensors,
                                           const std::map<std::string, std::string>& metadata,
                                           std::vector<std::size_t>& sizes,
                                           const std::filesystem::path& file)
{
    std::string json = "{";
    if (!metadata.empty()) {
        json += "\"__metadata__\":{";
        for (const auto& [key, value] : metadata) {
            if (json.back() != '{') json += ',';
            json += json_string(key) + ":" + json_string(value);
        }
        json += '}';
    }
    std::size_t offset = 0;
    for (const auto& tensor : tensors) {
        if (tensor.name == "__metadata__")
            fail(file.string() + ": expected the name of a tensor, found '__metadata__'");
        if (tensor.dtype == FileDType::unknown)
            fail(file.string() + ": tensor " + in_quotes(tensor.name) +
                 ": expected a type that is known");
        auto const size = tensor_bytes(tensor.shape, tensor.dtype);
        if (!size || *size > static_cast<std::size_t>(PTRDIFF_MAX) - offset)
            fail(file.string() + ": tensor " + in_quotes(tensor.name) + ": shape " +
                 shape_text(tensor.shape) + " has too many elements");
        sizes.push_back(*size);
        if (json.size() > 1) json += ',';
        json += json_string(tensor.name) + ":{\"dtype\":\"" + std::string(name(tensor.dtype)) +
                "\",\"shape\":" + shape_text(tensor.shape, ",") +
                ",\"data_offsets\":" + shape_text({offset, offset + *size}, ",") + "}";
        offset += *size;
    }
    return json + '}';
}

} // namespace detail

TFM_INLINE SafeTensorsWriter::SafeTensorsWriter(const std::filesystem::path& path,
                                                std::vector<TensorDeclaration> tensors,
                                                const std::map<std::string, std::string>& metadata,
                                                Durability durability)
    : file_(path, durability), tensors_(std::move(tensors))
{
    std::string header = detail::safetensors_header_json(tensors_, metadata, sizes_, path);
    std::size_t total = 0;
    for (std::size_t const size : sizes_) total += size;
    // What the reader would refuse is refused here, with the same words.
    detail::parse_safetensors_header(header, total, path);
    header.append((64 - (header.size() + 8) % 64) % 64, ' ');
    if (header.size() > detail::max_safetensors_header)
        fail(path.string() + ": expected a header of at most " +
             std::to_string(detail::max_safetensors_header) + " bytes, found " +
             std::to_string(header.size()));
    std::string length;
    for (unsigned shift = 0; shift < 64; shift += 8)
        length += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> shift & 0xFFU);
    file_.write(length);
    file_.write(header);
}

TFM_INLINE std::string SafeTensorsWriter::where(std::string_view name) const
{
    return file_.target().string() + ": tensor " + detail::in_quotes(name) + ": ";
}

TFM_INLINE void SafeTensorsWriter::skip_complete()
{
    while (current_ < tensors_.size() && written_ == sizes_[current_]) {
        ++current_;
        written_ = 0;
    }
}

TFM_INLINE void SafeTensorsWriter::append(std::string_view name, std::span<const std::byte> bytes)
{
    if (bytes.empty()) return;
    skip_complete();
    if (current_ == tensors_.size())
        fail(where(name) + "expected the end of the file, found " + std::to_string(bytes.size()) +
             " more bytes");
    if (tensors_[current_].name != name)
        fail(where(name) + "expected data of tensor " + detail::in_quotes(tensors_[current_].name) +
             " first");
    std::size_t const missing = sizes_[current_] - written_;
    if (bytes.size() > missing)
        fail(where(name) + "expected at most " + std::to_string(missing) + " more bytes, found " +
             std::to_string(bytes.size()));
    file_.write(bytes);
    written_ += bytes.size();
}

TFM_INLINE void SafeTensorsWriter::finish()
{
    skip_complete();
    if (current_ != tensors_.size())
        fail(where(tensors_[current_].name) + "expected " + std::to_string(sizes_[current_]) +
             " bytes, found " + std::to_string(written_));
    file_.commit();
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
