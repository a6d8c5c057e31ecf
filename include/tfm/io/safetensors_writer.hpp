#pragma once

/// \file
/// Writing safetensors files without holding them in memory.

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../tensor/dtype.hpp"
#include "output_file.hpp"

namespace tfm {

/// A tensor to be written.
struct TensorDeclaration {
    std::string name;                 ///< unique in the file
    FileDType dtype = FileDType::F32; ///< of its elements
    std::vector<std::size_t> shape;   ///< outermost first; empty for a scalar
};

inline namespace TFM_BUILD_NAMESPACE {

/// Streams a safetensors file: all tensors are declared first, then their bytes appended piece by
/// piece in that order; `finish()` puts the file in place. Without it nothing is left behind.
///
/// The data section begins at a multiple of 64 bytes; tensors follow each other without padding, as
/// the format demands, so declare wide dtypes before narrow ones where alignment matters.
class SafeTensorsWriter {
public:
    /// Begins the file and writes its header.
    /// \throws tfm::Error for a declaration no reader would take (a name twice or not UTF-8, a
    /// shape that overflows) and for what `OutputFile` reports.
    SafeTensorsWriter(const std::filesystem::path& path, std::vector<TensorDeclaration> tensors,
                      const std::map<std::string, std::string>& metadata = {},
                      Durability durability = Durability::buffered);

    /// Appends the next `bytes` (row-major, little-endian) of tensor `name`.
    /// \throws tfm::Error unless `name` is the first declared tensor that is not complete and
    /// `bytes` is no more than it lacks.
    void append(std::string_view name, std::span<const std::byte> bytes);

    /// Renames the file into place. \throws tfm::Error when a tensor is not complete.
    void finish();

private:
    void skip_complete();
    std::string where(std::string_view name) const;

    OutputFile file_;
    std::vector<TensorDeclaration> tensors_;
    std::vector<std::size_t> sizes_; // bytes of each
    std::size_t current_ = 0;        // the first tensor that is not complete
    std::size_t written_ = 0;        // bytes of it so far
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "safetensors_writer.inl.hpp"
#endif
