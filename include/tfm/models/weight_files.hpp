#pragma once

/// \file
/// The files in which a folder keeps a model's weights.

#include <filesystem>
#include <string>
#include <vector>

#include "../config.hpp"
#include "../io/safetensors.hpp"
#include "../io/tensor_index.hpp"
#include "../tensor/dtype.hpp"
#include "packed_file_name.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A folder's weights, open: their headers are checked, their data is read when touched. Move-only.
struct WeightFiles {
    std::filesystem::path path;       ///< of the file, or of the index of several; errors name it
    std::vector<SafeTensors> files;   ///< that file, or those that the index names
    bool is_packed = false;           ///< a packed file, to be mapped rather than read
    TensorIndex tensors{files};       ///< by name
    std::vector<std::string> notes{}; ///< what to know of how they are read: one sentence each
};

/// Whether a packed file holds weights of this type.
bool has_weights_of(const SafeTensors& file, Dtype weights);

/// FOLDER/model.safetensors, or the shards that FOLDER/model.safetensors.index.json names.
/// \throws tfm::Error naming file, expected and found, and what to do where the folder holds
/// weights in another format or a download that was not finished.
WeightFiles open_checkpoint(const std::filesystem::path& folder);

/// What a model of weights of this type is loaded from: FOLDER's packed file, or else its
/// checkpoint. A packed file of other weights is used, and refused, only where there is no
/// checkpoint to pack again from. \throws tfm::Error as `open_checkpoint` does.
WeightFiles open_weight_files(const std::filesystem::path& folder, Dtype weights);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "weight_files.inl.hpp"
#endif
