#pragma once

/// \file
/// Token ids as text.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tfm_program {

/// The ids in `text`, decimal numbers separated by commas or white space. Throws `tfm::Error`
/// naming `origin` for anything else and for an id that is not below `vocab`.
std::vector<std::int32_t> parse_token_ids(std::string_view text, std::string_view origin,
                                          std::size_t vocab);

/// The ids separated by blanks.
std::string format_token_ids(std::span<const std::int32_t> ids);

} // namespace tfm_program
