#pragma once

/// \file
/// Shapes that have a name, for models that are made or asked about without a folder.

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <tfm/nn/decoder_shape.hpp>
#include <tfm/nn/encoder_shape.hpp>

namespace tfm_program {

/// The sizes and choices of a model of either kind.
using ModelShape = std::variant<tfm::DecoderShape, tfm::EncoderShape>;

/// A published shape.
struct NamedShape {
    std::string_view name;
    std::string_view family; ///< its model_type in config.json
    ModelShape shape;
};

/// The one of this name. Throws `tfm::Error` listing the names when there is none.
const NamedShape& shape_named(std::string_view name);

/// The name of a shape, or `family` where it has none.
std::string name_of(const ModelShape& shape, std::string_view family);

/// The names, separated by commas.
std::string shape_names();

} // namespace tfm_program
