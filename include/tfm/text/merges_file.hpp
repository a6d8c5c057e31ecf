#pragma once

/// \file
/// merges.txt: one merge rule a line, the most frequent first.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/text_file.hpp"
#include "merge_table.hpp"
#include "token_table.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Where a rule stands, as messages call it: a line, or the number of a rule, of a file.
struct MergePlace {
    const std::string& file;
    const char* what;
    std::size_t number;

    [[nodiscard]] std::string text() const
    {
        return file + ": " + what + " " + std::to_string(number) + ": ";
    }
};

/// The token written `entry`, which the vocabulary must have.
[[nodiscard]] inline std::int32_t merged_token(const TokenTable& vocabulary, std::string_view entry,
                                               const MergePlace& place)
{
    const std::int32_t token = vocabulary.find(entry);
    require(token != no_token, [&] {
        return place.text() + "token " + in_quotes(to_valid_utf8(entry)) +
               " is not in the vocabulary";
    });
    return token;
}

/// Adds the rule for two tokens, which must be known and their concatenation too.
inline void add_merge(MergeTable& merges, const TokenTable& vocabulary, std::string_view left,
                      std::string_view right, std::uint32_t rank, const MergePlace& place)
{
    const std::int32_t whole = merged_token(vocabulary, std::string(left).append(right), place);
    const bool is_new = merges.add(merged_token(vocabulary, left, place),
                                   merged_token(vocabulary, right, place), {rank, whole});
    require(is_new, [&] {
        return place.text() + "merge " +
               in_quotes(to_valid_utf8(std::string(left) + " " + std::string(right))) +
               " is repeated";
    });
}

/// The same for a rule written `LEFT RIGHT`.
inline void add_merge(MergeTable& merges, const TokenTable& vocabulary, std::string_view text,
                      std::uint32_t rank, const MergePlace& place)
{
    const std::size_t space = text.find(' ');
    require(space != text.npos && space > 0 && space + 1 < text.size() &&
                text.find(' ', space + 1) == text.npos,
            [&] {
                return place.text() + "expected two tokens and a space between, found " +
                       in_quotes(to_valid_utf8(text));
            });
    add_merge(merges, vocabulary, text.substr(0, space), text.substr(space + 1), rank, place);
}

/// The merge rules of merges.txt. `vocabulary` holds the tokens as the files write them, numbered
/// by id. A first line that starts with "#version" is a heading; lines may end in CR LF; empty
/// lines are allowed at the end. Everything else must be a rule: fails naming file and line.
[[nodiscard]] inline MergeTable parse_merges(const TextFile& file, const TokenTable& vocabulary)
{
    std::string_view rest = file.text;
    while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r')) rest.remove_suffix(1);
    std::size_t lines = 1;
    for (const char c : rest) lines += c == '\n' ? 1 : 0;

    MergeTable merges(lines, file.name);
    std::uint32_t rank = 0;
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::size_t end = rest.find('\n');
        std::string_view text = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (line == 1 && text.starts_with("#version")) continue;
        add_merge(merges, vocabulary, text, rank++, MergePlace{file.name, "line", line});
    }
    return merges;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
