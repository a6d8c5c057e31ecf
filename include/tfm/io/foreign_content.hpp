#pragma once

/// \file
/// What lies in a model's folder in place of a file: a pointer to it, a web page, another format.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "diagnostics.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A content by the bytes that it begins with, and what a message says of it.
struct ForeignContent {
    std::string_view beginning;
    std::string_view description;
};

inline constexpr std::array foreign_contents{
    ForeignContent{"version https://git-lfs.github.com/spec/",
                   "a Git LFS pointer to the file; fetch the file itself with 'git lfs pull'"},
    ForeignContent{"<", "an HTML page; download the file itself"},
    ForeignContent{std::string_view("PK\x03\x04", 4),
                   "a zip archive, as torch.save writes; convert it with "
                   "tools/convert_state_dict.py"},
    ForeignContent{"GGUF", "a GGUF file; download the model's safetensors"},
    ForeignContent{std::string_view("\0\0\0\0\0\0\0\0", 8),
                   "zeros, as of a download that was not finished; download the file again"},
};

/// What a file of this beginning is, and what to do about it; empty where it is none of these.
inline std::string_view foreign_content(std::string_view beginning)
{
    beginning.remove_prefix(std::min(beginning.find_first_not_of(" \t\r\n"), beginning.size()));
    for (const ForeignContent& content : foreign_contents)
        if (beginning.starts_with(content.beginning)) return content.description;
    return {};
}

/// The same, and text of any kind, such as a server's "Entry not found", where a file of numbers
/// ought to be.
inline std::string foreign_binary(std::string_view beginning)
{
    std::string_view const known = foreign_content(beginning);
    if (!known.empty()) return std::string(known);
    std::string_view const line =
        beginning.substr(0, std::min<std::size_t>(beginning.find_first_of("\r\n"), 40));
    auto const is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (line.empty() || !std::all_of(line.begin(), line.end(), is_printable)) return {};
    return "text that begins with " + in_quotes(line) +
           ", as a server answers in place of a file; download the file again";
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
