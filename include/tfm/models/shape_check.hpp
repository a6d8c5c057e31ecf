#pragma once

/// \file
/// Whether a checkpoint is of the shape that a program was compiled for, and the shape to load it
/// in.

#include <filesystem>

#include "../config.hpp"
#include "../nn/decoder_shape.hpp"
#include "../nn/encoder_shape.hpp"
#include "config_fields.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Fails on the first field in which a config.json differs from the shape that is compiled in, as
/// far as that is stated: a `dyn` size is whatever the file says, and so are epsilon, window,
/// rotary numbers and tied head of a shape with such a size. A model without a table of positions
/// may be compiled for a shorter context than it was trained for. Throws `tfm::Error` naming the
/// file, the field, expected and found.
void check_shape(const std::filesystem::path& config, const DecoderShape& compiled,
                 const DecoderShape& found, const ShapeFields& fields);

/// The same of an encoder. Pooling, pooler and labels are the program's choice.
void check_shape(const std::filesystem::path& config, const EncoderShape& compiled,
                 const EncoderShape& found, const ShapeFields& fields);

/// The shape in which a decoder is loaded that was compiled for one shape and found with another:
/// every size a number. Throws what `check_shape` throws.
DecoderShape shape_to_load(const std::filesystem::path& config, const DecoderShape& compiled,
                           DecoderShape found, const ShapeFields& fields);

/// The same of an encoder.
EncoderShape shape_to_load(const std::filesystem::path& config, const EncoderShape& compiled,
                           EncoderShape found, const ShapeFields& fields);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "shape_check.inl.hpp"
#endif
