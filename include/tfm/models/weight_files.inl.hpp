#pragma once

/// \file
/// Which of a folder's files hold its weights.

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../io/diagnostics.hpp"
#include "../io/safetensors_shards.hpp"
#include "weight_files.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

inline constexpr std::string_view checkpoint_name = "model.safetensors";
inline constexpr std::string_view shard_index_name = "model.safetensors.index.json";

/// Weights that are not read, by the name of their file.
struct OtherWeights {
    std::string_view name;
    std::string_view description; ///< what they are, and what to do
};

inline constexpr std::array other_weights{
    OtherWeights{"pytorch_model.bin",
                 "a Python pickle; convert it with tools/convert_state_dict.py"},
    OtherWeights{"pytorch_model.bin.index.json",
                 "the index of Python pickles; convert them with tools/convert_state_dict.py"},
    OtherWeights{"adapter_model.safetensors",
                 "an adapter without its model; merge it into the model it was trained on"},
    OtherWeights{"consolidated.safetensors",
                 "weights under names of their own; download the files for transformers"},
    OtherWeights{"tf_model.h5", "TensorFlow's; save the model again with PyTorch"},
    OtherWeights{"flax_model.msgpack", "Flax's; save the model again with PyTorch"},
};

inline bool is_there(const std::filesystem::path& file)
{
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

/// Whether a folder has a file that is named as the first of several shards, or all of them.
inline bool has_shards(const std::filesystem::path& folder)
{
    std::error_code ignored;
    for (std::filesystem::directory_iterator entry(folder, ignored), end; entry != end;
         entry.increment(ignored)) {
        std::string const name = entry->path().filename().string();
        if (name.starts_with("model-") && name.ends_with(".safetensors")) return true;
    }
    return false;
}

/// What a folder without a checkpoint has in its place.
inline std::string found_in_place_of_checkpoint(const std::filesystem::path& folder)
{
    std::error_code ignored;
    for (std::string_view const name : {checkpoint_name, shard_index_name})
        if (auto const target = std::filesystem::read_symlink(folder / name, ignored); !ignored)
            return std::string(name) + " as a link to " + in_quotes(target.string()) +
                   ", where there is no file; download the model again";
    for (const OtherWeights& other : other_weights)
        if (is_there(folder / other.name))
            return "only " + std::string(other.name) + ", " + std::string(other.description);
    if (has_shards(folder))
        return "shards without " + std::string(shard_index_name) + "; download it, too";
    return "neither";
}

} // namespace detail

TFM_INLINE bool has_weights_of(const SafeTensors& file, Dtype weights)
{
    auto const entry = file.metadata().find("weights");
    return entry != file.metadata().end() && entry->second == name(weights);
}

TFM_INLINE WeightFiles open_checkpoint(const std::filesystem::path& folder)
{
    auto const checkpoint = folder / detail::checkpoint_name;
    auto const index = folder / detail::shard_index_name;
    std::vector<SafeTensors> files;
    if (detail::is_there(checkpoint)) {
        files.push_back(SafeTensors::open(checkpoint));
        return {checkpoint, std::move(files)};
    }
    if (detail::is_there(index)) return {index, open_safetensors_shards(index)};
    fail(checkpoint.string() + ": expected this file or " + std::string(detail::shard_index_name) +
         ", found " + detail::found_in_place_of_checkpoint(folder));
}

TFM_INLINE WeightFiles open_weight_files(const std::filesystem::path& folder, Dtype weights)
{
    auto const packed = folder / packed_file_name;
    if (!detail::is_there(packed)) return open_checkpoint(folder);
    std::vector<SafeTensors> files;
    files.push_back(SafeTensors::open(packed));
    bool const has_checkpoint = detail::is_there(folder / detail::checkpoint_name) ||
                                detail::is_there(folder / detail::shard_index_name);
    if (has_checkpoint && !has_weights_of(files.front(), weights)) return open_checkpoint(folder);
    return {packed, std::move(files), true};
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
