#pragma once

/// \file
/// A Hugging Face folder, open: what its config.json describes and where its weights are.

#include <filesystem>

#include "../config.hpp"
#include "../tensor/dtype.hpp"
#include "family.hpp"
#include "weight_files.hpp"

namespace tfm {

/// A decoder's folder. Move-only.
struct DecoderFolder {
    DecoderFamily family; ///< as config.json describes it and the weights bear out
    WeightFiles weights;  ///< not read yet
};

/// The same of an encoder.
struct EncoderFolder {
    EncoderFamily family; ///< as config.json describes it
    WeightFiles weights;  ///< not read yet
};

inline namespace TFM_BUILD_NAMESPACE {

/// Opens what a decoder of weights of this type is loaded from. `weights.notes` says where files
/// and config.json disagree in what transformers settles without an error.
/// \throws tfm::Error as `read_family` and `open_weight_files` do.
DecoderFolder open_decoder_folder(const std::filesystem::path& folder, Dtype weights);

/// The same of an encoder.
EncoderFolder open_encoder_folder(const std::filesystem::path& folder, Dtype weights);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "model_folder.inl.hpp"
#endif
