#pragma once

/// \file
/// From a Hugging Face folder to the family of its model.

#include <filesystem>

#include "../config.hpp"
#include "../nn/decoder_shape.hpp"
#include "../nn/encoder_shape.hpp"
#include "config_fields.hpp"
#include "encoder_names.hpp"
#include "weight_names.hpp"

namespace tfm {

/// What a folder's config.json describes, and what its family calls things.
struct DecoderFamily {
    DecoderShape shape; ///< sizes and choices
    DecoderNames names; ///< the checkpoint's names
    ShapeFields fields; ///< config.json's names
};

/// The same of an encoder. Pooler and labels belong to a task and are none.
struct EncoderFamily {
    EncoderShape shape; ///< sizes and choices
    EncoderNames names; ///< the checkpoint's names
    ShapeFields fields; ///< config.json's names
    Pooler pooler;      ///< what its classifier reads the first token through
};

inline namespace TFM_BUILD_NAMESPACE {

/// What a config.json says. Throws `tfm::Error` naming the file, the field, expected and found for
/// a family that is not known, a field of the wrong type or range, or one that asks for arithmetic
/// that is not implemented.
DecoderFamily read_family(const HuggingFaceConfig& json);

/// The same of FOLDER/config.json.
DecoderFamily read_family(const std::filesystem::path& folder);

/// Whether a config.json is for `read_encoder_family`, and not for `read_family`.
bool describes_encoder(const HuggingFaceConfig& json);

/// What the config.json of an encoder says. Throws as `read_family` does.
EncoderFamily read_encoder_family(const HuggingFaceConfig& json);

/// The same of FOLDER/config.json.
EncoderFamily read_encoder_family(const std::filesystem::path& folder);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "family.inl.hpp"
#endif
