#pragma once

/// \file
/// A checkpoint in several safetensors files, which an index names.

#include <filesystem>
#include <vector>

#include "../config.hpp"
#include "safetensors.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Maps the files that a model.safetensors.index.json names, in the order of their names. Each must
/// lie beside the index and hold every tensor that the index says it does; what it holds besides is
/// there as well, as with transformers.
/// \throws tfm::Error naming the index or the file, the tensor, expected and found.
std::vector<SafeTensors> open_safetensors_shards(const std::filesystem::path& index);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "safetensors_shards.inl.hpp"
#endif
