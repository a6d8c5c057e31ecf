#pragma once

/// \file
/// The shapes and precisions this program is compiled for, and a model of any of them behind one
/// interface, so that the commands are no templates.

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tfm/models/gpt2.hpp>
#include <tfm/nn/precision.hpp>

namespace gpt2_program {

class AnyModel;

/// One of the shapes.
struct CompiledShape {
    std::string_view name;
    tfm::DecoderShape shape;
};

/// All of them.
inline constexpr std::array compiled_shapes{
    CompiledShape{"small", tfm::gpt2::small},   CompiledShape{"medium", tfm::gpt2::medium},
    CompiledShape{"large", tfm::gpt2::large},   CompiledShape{"xl", tfm::gpt2::xl},
    CompiledShape{"distil", tfm::gpt2::distil}, CompiledShape{"tales", tfm::gpt2::tales}};

/// Bytes in memory.
struct MemoryUse {
    std::size_t weights;   ///< packed
    std::size_t kv_cache;  ///< of one session over the whole context
    std::size_t workspace; ///< activations of a pass of up to 512 rows
};

/// A shape in a precision.
struct CompiledModel {
    std::unique_ptr<AnyModel> (*load)(const std::filesystem::path& folder);
    MemoryUse (*memory)(std::size_t threads);
};

/// The models of a precision, in the order of the shapes. Each precision is instantiated in a unit
/// of its own, so that they compile beside each other.
template <tfm::Precision P>
std::span<const CompiledModel> compiled_models();

/// One of the precisions.
struct CompiledPrecision {
    std::string_view name;
    tfm::Precision precision;
    std::span<const CompiledModel> (*models)(); ///< in the order of the shapes

    const CompiledModel& model_of(const CompiledShape& shape) const;
};

/// All of them.
std::span<const CompiledPrecision> compiled_precisions();

/// The one of this name. Throws `tfm::Error` naming `option` and the names there are when there is
/// none.
const CompiledPrecision& precision_named(std::string_view name, std::string_view option);

/// The names, separated by commas.
std::string precision_names();

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
