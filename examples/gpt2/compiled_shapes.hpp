#pragma once

/// \file
/// The shapes this program is compiled for, and a model of any of them behind one interface, so
/// that the commands are no templates.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tfm/nn/decoder_shape.hpp>

namespace gpt2_program {

class AnyModel;

/// Bytes in memory.
struct MemoryUse {
    std::size_t weights;   ///< packed
    std::size_t kv_cache;  ///< of one session over the whole context
    std::size_t workspace; ///< activations of a pass of up to 512 rows
};

/// One of the shapes.
struct CompiledShape {
    std::string_view name;
    tfm::DecoderShape shape;
    std::unique_ptr<AnyModel> (*load)(const std::filesystem::path& folder);
    MemoryUse (*memory)(std::size_t threads);
};

/// All of them.
std::span<const CompiledShape> compiled_shapes();

/// The shape that FOLDER/config.json describes, compiled in or not. Throws `tfm::Error` when it
/// cannot be read or asks for what is not implemented.
tfm::DecoderShape read_shape(const std::filesystem::path& folder);

/// The one of this name. Throws `tfm::Error` listing the names when there is none.
const CompiledShape& shape_named(std::string_view name);

/// The one that FOLDER/config.json describes. Throws `tfm::Error` when it cannot be read, or is of
/// another shape; then it names the shapes there are, and the fields in which the nearest differs.
const CompiledShape& shape_of_folder(const std::filesystem::path& folder);

/// The names, separated by commas.
std::string shape_names();

} // namespace gpt2_program
