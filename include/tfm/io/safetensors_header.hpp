#pragma once

/// \file
/// Parsing the header of a safetensors file and checking it as a whole.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../sorted_places.hpp"
#include "diagnostics.hpp"
#include "safetensors_entry.hpp"
#include "safetensors_listener.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What is said of a file that ends before what its header describes.
inline constexpr std::string_view cut_short =
    "; the file is cut short, as by a download that was not finished: download it again";

/// Sorts the entries by their bytes and checks that they cover [0, data_size) without overlap or
/// gap, as the format demands.
inline void check_safetensors_ranges(std::vector<SafeTensorsEntry>& entries, std::size_t data_size,
                                     const std::string& file)
{
    put_in_order(entries, sorted_places(entries.size(), [&](std::size_t a, std::size_t b) {
                     return entries[a].begin != entries[b].begin
                                ? entries[a].begin < entries[b].begin
                                : entries[a].end < entries[b].end;
                 }));
    std::size_t covered = 0;
    for (const auto& entry : entries) {
        std::string_view const problem = entry.begin < covered   ? "overlaps the tensor before it"
                                         : entry.begin > covered ? "leaves a gap before it"
                                                                 : "";
        if (!problem.empty())
            fail(file + ": tensor " + in_quotes(entry.name) + " " + std::string(problem) +
                 ": expected its data at " + std::to_string(covered) + ", found it at " +
                 std::to_string(entry.begin));
        covered = entry.end;
        if (covered > data_size)
            fail(file + ": tensor " + in_quotes(entry.name) + " ends at byte " +
                 std::to_string(covered) + " of the data, found only " + std::to_string(data_size) +
                 " bytes" + std::string(cut_short));
    }
    if (covered != data_size)
        fail(file + ": expected " + std::to_string(covered) + " bytes of data, found " +
             std::to_string(data_size));
}

/// Fails when two entries share a name.
inline void check_safetensors_names(const std::vector<SafeTensorsEntry>& entries,
                                    const std::string& file)
{
    std::vector<std::string_view> names;
    names.reserve(entries.size());
    for (const auto& entry : entries) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    auto const twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) fail(file + ": tensor " + in_quotes(*twice) + " is given twice");
}

/// Parses and checks a header whose data section has `data_size` bytes. `file` names the file in
/// errors. \throws tfm::Error
inline SafeTensorsHeader parse_safetensors_header(std::string_view json, std::size_t data_size,
                                                  const std::filesystem::path& file)
{
    if (json.empty() || json.front() != '{')
        fail(file.string() + ": expected a safetensors header that begins with '{', found " +
             in_quotes(json.substr(0, 1)));
    SafeTensorsListener listener;
    std::string const problem = parse_json_events(json, listener, " of the header");
    if (!problem.empty()) fail(file.string() + ": " + problem);
    SafeTensorsHeader header = std::move(listener).take();
    check_safetensors_names(header.entries, file.string());
    check_safetensors_ranges(header.entries, data_size, file.string());
    return header;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
