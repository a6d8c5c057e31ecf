#pragma once

/// \file
/// The tensors of a checkpoint by name, in whichever of its files they are.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "safetensors.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A tensor, and the file that it is in. Refers to both.
struct StoredTensor {
    const TensorInfo* info;  ///< name, type, shape and bytes
    const SafeTensors* file; ///< that holds it; null of one in the program's own memory

    /// The file's path, or what stands for it in messages.
    std::string source() const { return file == nullptr ? "StateDict" : file->path().string(); }
    /// "FILE: tensor 'NAME': ", as messages begin.
    std::string where() const;
    /// Gives part of a file's memory back, as `SafeTensors::release` does.
    void release(std::span<const std::byte> part) const noexcept
    {
        if (file != nullptr) file->release(part);
    }
};

/// The tensors of one file, or of all shards of a checkpoint. Refers to the files, which may be
/// moved together with the memory that they are in.
///
/// What PyTorch wraps around a model leaves its name in those of the tensors: `_orig_mod.` of
/// `torch.compile`, wherever it stands, and `module.` of `DataParallel`, at the beginning. A tensor
/// is found with and without them.
class TensorIndex {
public:
    /// \throws tfm::Error where two tensors have the same name.
    explicit TensorIndex(std::span<const SafeTensors> files);
    /// Of tensors in the program's own memory. Throws the same.
    static TensorIndex in_memory(std::span<const TensorInfo> tensors);

    /// The tensor of this name, or of this name behind a prefix, or null.
    const StoredTensor* find(std::string_view name, std::string_view prefix = {}) const;

    /// How many there are.
    std::size_t size() const noexcept { return entries_.size(); }

    /// Bytes of all.
    std::size_t bytes() const noexcept;

private:
    const StoredTensor* find_unwrapped(std::string_view name) const noexcept;
    void add(std::span<const TensorInfo> tensors, const SafeTensors* file);
    void sort();

    struct Entry {
        std::string name; // without what wrappers add
        StoredTensor tensor;
    };

    std::vector<Entry> entries_; // sorted by name
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "tensor_index.inl.hpp"
#endif
