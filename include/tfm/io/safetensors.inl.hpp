#pragma once

/// \file
/// Opening a safetensors file.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../sorted_places.hpp"
#include "diagnostics.hpp"
#include "foreign_content.hpp"
#include "safetensors.hpp"
#include "safetensors_header.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The header length in the first 8 bytes, checked against the file.
inline std::size_t safetensors_header_size(const MappedFile& file)
{
    auto const bytes = file.bytes();
    std::string const where = file.path().string();
    if (bytes.size() < 8)
        fail(where + ": expected a safetensors file of at least 8 bytes, found " +
             std::to_string(bytes.size()));
    std::uint64_t size = 0;
    for (std::size_t i = 8; i-- > 0;) size = size << 8U | std::to_integer<std::uint64_t>(bytes[i]);
    std::string_view const beginning(reinterpret_cast<const char*>(bytes.data()),
                                     std::min<std::size_t>(bytes.size(), 64));
    if (size > max_safetensors_header || size == 0) {
        std::string const foreign = foreign_binary(beginning);
        if (!foreign.empty()) fail(where + ": expected a safetensors file, found " + foreign);
    }
    if (size > max_safetensors_header)
        fail(where + ": expected a safetensors header of at most " +
             std::to_string(max_safetensors_header) + " bytes, found a length of " +
             std::to_string(size));
    if (size > bytes.size() - 8)
        fail(where + ": expected a safetensors header of " + std::to_string(size) +
             " bytes, found " + std::to_string(bytes.size() - 8) + " bytes after its length" +
             std::string(cut_short));
    return static_cast<std::size_t>(size);
}

} // namespace detail

TFM_INLINE SafeTensors::SafeTensors(MappedFile file) : file_(std::move(file))
{
    if constexpr (std::endian::native != std::endian::little)
        fail(path().string() + ": safetensors data is little-endian, this machine is not");
    std::size_t const header_size = detail::safetensors_header_size(file_);
    auto const data = file_.bytes().subspan(8 + header_size);
    std::string_view const json(reinterpret_cast<const char*>(file_.bytes().data()) + 8,
                                header_size);
    auto header = detail::parse_safetensors_header(json, data.size(), path());
    metadata_ = std::move(header.metadata);
    tensors_.reserve(header.entries.size());
    for (auto& entry : header.entries)
        tensors_.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape),
                            data.subspan(entry.begin, entry.end - entry.begin),
                            std::move(entry.unknown_dtype)});
    by_name_ = detail::sorted_places(tensors_.size(), [this](std::size_t a, std::size_t b) {
        return tensors_[a].name < tensors_[b].name;
    });
}

TFM_INLINE const TensorInfo* SafeTensors::find(std::string_view name) const noexcept
{
    auto const entry = std::lower_bound(
        by_name_.begin(), by_name_.end(), name,
        [this](std::size_t i, std::string_view wanted) { return tensors_[i].name < wanted; });
    return entry != by_name_.end() && tensors_[*entry].name == name ? &tensors_[*entry] : nullptr;
}

TFM_INLINE const TensorInfo& SafeTensors::at(std::string_view name) const
{
    const TensorInfo* const tensor = find(name);
    if (tensor == nullptr)
        fail(path().string() + ": expected a tensor " + detail::in_quotes(name) + ", found none");
    return *tensor;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
