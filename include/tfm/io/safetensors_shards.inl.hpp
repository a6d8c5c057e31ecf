#pragma once

/// \file
/// Opening a checkpoint by its index.

#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "diagnostics.hpp"
#include "json.hpp"
#include "safetensors_shards.hpp"
#include "text_file.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Whether a name is of a safetensors file in the folder itself, on any system.
inline bool is_shard_name(std::string_view name)
{
    constexpr std::string_view ending = ".safetensors";
    constexpr std::string_view elsewhere("/\\:\0", 4);
    return name.size() > ending.size() && name.ends_with(ending) &&
           name.find_first_of(elsewhere) == std::string_view::npos;
}

/// The names of the tensors of each file.
inline std::map<std::string_view, std::vector<std::string_view>>
read_weight_map(const Json& index, const std::string& where)
{
    auto const weight_map = index.find("weight_map");
    if (!weight_map || !weight_map->is_object() || weight_map->is_empty())
        fail(where + ": field 'weight_map': expected an object from tensors to files, found " +
             (weight_map ? describe(*weight_map) : "nothing"));
    std::map<std::string_view, std::vector<std::string_view>> shards;
    for (auto const& [tensor, file] : weight_map->items()) {
        auto const name = file.string();
        if (!name || !is_shard_name(*name))
            fail(where + ": tensor " + in_quotes(tensor) +
                 ": expected the name of a safetensors file in the same folder, found " +
                 describe(file));
        shards[*name].push_back(tensor);
    }
    return shards;
}

} // namespace detail

TFM_INLINE std::vector<SafeTensors> open_safetensors_shards(const std::filesystem::path& index)
{
    TextFile const file = detail::read_text_file(index);
    JsonDocument const document = parse_json_object(file.text, file.name);
    std::vector<SafeTensors> files;
    for (auto const& [name, tensors] : detail::read_weight_map(document.root(), file.name)) {
        auto const path = index.parent_path() / name;
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored))
            fail(file.name + ": expected the file " + detail::in_quotes(name) +
                 " in the same folder, found none; download it");
        files.push_back(SafeTensors::open(path));
        for (std::string_view const tensor : tensors)
            if (files.back().find(tensor) == nullptr)
                fail(file.name + ": expected tensor " + detail::in_quotes(tensor) + " in " +
                     detail::in_quotes(name) +
                     ", found none; index and file belong to different "
                     "checkpoints");
    }
    return files;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
