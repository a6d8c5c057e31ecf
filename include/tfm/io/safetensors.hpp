#pragma once

/// \file
/// Reading safetensors files: tensors by name, as bytes in place.
///
/// The format: 8 bytes of header length (little-endian), a JSON header, then the data of all
/// tensors, row-major and little-endian, without gaps
/// (https://huggingface.co/docs/safetensors, section "Format").

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../tensor/dtype.hpp"
#include "mapped_file.hpp"

namespace tfm {

/// One tensor of a file.
struct TensorInfo {
    std::string name;                 ///< as the file has it
    FileDType dtype = FileDType::F32; ///< of its elements
    std::vector<std::size_t> shape;   ///< outermost first; empty for a scalar
    std::span<const std::byte>
        bytes;                      ///< row-major, little-endian; may be aligned to no more than 1
    std::string unknown_dtype = {}; ///< what the file calls a type that is not known
};

/// What a file calls the type of a tensor's elements.
inline std::string dtype_name(const TensorInfo& tensor)
{
    return tensor.dtype == FileDType::unknown ? tensor.unknown_dtype
                                              : std::string(name(tensor.dtype));
}

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

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "safetensors.inl.hpp"
#endif
