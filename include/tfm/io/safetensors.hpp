#pragma once

/// \file
/// Reading safetensors files: tensors by name, as bytes in place.
///
/// The format: 8 bytes of header length (little-endian), a JSON header, then the data of all
/// tensors, row-major and little-endian, without gaps
/// (https://huggingface.co/docs/safetensors, section "Format").

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../tensor/dtype.hpp"
#include "mapped_file.hpp"
#include "safetensors_header.hpp"

namespace tfm {

/// One tensor of a file.
struct TensorInfo {
    std::string name;                 ///< as the file has it
    FileDType dtype = FileDType::F32; ///< of its elements
    std::vector<std::size_t> shape;   ///< outermost first; empty for a scalar
    std::span<const std::byte>
        bytes; ///< row-major, little-endian; may be aligned to no more than 1
};

inline namespace TFM_BUILD_NAMESPACE {

/// An open safetensors file. Everything its header claims has been checked against the file; the
/// data itself is read when touched. Move-only; spans stay valid while it, or what it was moved to,
/// lives (see `MappedFile` on files that shrink meanwhile).
class SafeTensors {
public:
    /// Maps `path` and checks its header.
    /// \throws tfm::Error naming the file, the tensor, what was expected and what was found.
    static SafeTensors open(const std::filesystem::path& path)
    {
        return SafeTensors(MappedFile::open(path));
    }

    /// The same over a file that is in memory already.
    explicit SafeTensors(MappedFile file);

    /// The tensor of this name, or null.
    const TensorInfo* find(std::string_view name) const noexcept;

    /// The tensor of this name. \throws tfm::Error when there is none.
    const TensorInfo& at(std::string_view name) const;

    /// All tensors, in the order of their bytes in the file.
    std::span<const TensorInfo> tensors() const noexcept { return tensors_; }

    /// The header's `__metadata__`.
    const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }

    /// The path as it was given.
    const std::filesystem::path& path() const noexcept { return file_.path(); }

    /// Gives the memory of a tensor back to the system once it has been copied; its bytes can still
    /// be read, from the file again.
    void release(const TensorInfo& tensor) const noexcept { release(tensor.bytes); }

    /// The same for part of a tensor: loading a large one piece by piece keeps only a piece in
    /// memory. `part` must be of this file.
    void release(std::span<const std::byte> part) const noexcept
    {
        if (!part.empty()) file_.release(offset_of(part), part.size());
    }

    /// Starts reading a tensor ahead of its use; returns at once.
    void prefetch(const TensorInfo& tensor) const noexcept
    {
        if (!tensor.bytes.empty()) file_.prefetch(offset_of(tensor.bytes), tensor.bytes.size());
    }

private:
    std::size_t offset_of(std::span<const std::byte> part) const noexcept
    {
        return static_cast<std::size_t>(part.data() - file_.bytes().data());
    }

    MappedFile file_;
    std::vector<TensorInfo> tensors_;
    std::vector<std::size_t> by_name_; // indices of tensors_, sorted by name
    std::map<std::string, std::string> metadata_;
};

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
    if (size > max_safetensors_header)
        fail(where + ": expected a safetensors header of at most " +
             std::to_string(max_safetensors_header) + " bytes, found a length of " +
             std::to_string(size));
    if (size > bytes.size() - 8)
        fail(where + ": expected a safetensors header of " + std::to_string(size) +
             " bytes, found " + std::to_string(bytes.size() - 8) + " bytes after its length");
    return static_cast<std::size_t>(size);
}

} // namespace detail

inline SafeTensors::SafeTensors(MappedFile file) : file_(std::move(file))
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
                            data.subspan(entry.begin, entry.end - entry.begin)});
    by_name_.resize(tensors_.size());
    std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
    std::ranges::sort(by_name_, {},
                      [this](std::size_t i) -> const std::string& { return tensors_[i].name; });
}

inline const TensorInfo* SafeTensors::find(std::string_view name) const noexcept
{
    auto const name_of = [this](std::size_t i) { return std::string_view(tensors_[i].name); };
    auto const entry = std::ranges::lower_bound(by_name_, name, {}, name_of);
    return entry != by_name_.end() && name_of(*entry) == name ? &tensors_[*entry] : nullptr;
}

inline const TensorInfo& SafeTensors::at(std::string_view name) const
{
    const TensorInfo* const tensor = find(name);
    if (tensor == nullptr)
        fail(path().string() + ": expected a tensor " + detail::in_quotes(name) + ", found none");
    return *tensor;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
