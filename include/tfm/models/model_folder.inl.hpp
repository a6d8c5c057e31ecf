#pragma once

/// \file
/// Opening a Hugging Face folder.

#include "model_folder.hpp"
#include "tied_head.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

TFM_INLINE DecoderFolder open_decoder_folder(const std::filesystem::path& folder, Dtype weights)
{
    DecoderFolder opened{read_family(folder), open_weight_files(folder, weights)};
    settle_tied_head(opened.family, opened.weights);
    return opened;
}

TFM_INLINE EncoderFolder open_encoder_folder(const std::filesystem::path& folder, Dtype weights)
{
    return {read_encoder_family(folder), open_weight_files(folder, weights)};
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
