#pragma once

/// \file
/// The four normal forms of Unicode, and lower case, as tokenizers apply them to a text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The forms of Unicode Standard Annex 15, of the version of Unicode that Hugging Face's tokenizers
/// have (9.0): characters of later versions stay as they are.
enum class NormalForm : std::uint8_t { nfc, nfd, nfkc, nfkd };

/// Whether the text is certain to be in the form already: a quick check, which says false of a text
/// that only might change. ASCII is passed over in words.
[[nodiscard]] bool is_normal(NormalForm form, std::string_view text);

/// Appends the text in the form to `out`. Bytes that are not valid UTF-8 stay as they are, and
/// nothing is composed or reordered across them. Takes O(n log n) time for a run of n marks, linear
/// time otherwise.
///
/// `origins`, if given, gets for each appended byte where in `text` it comes from: the byte itself
/// or the first one of its character, and of characters composed to one the first.
void normalize(NormalForm form, std::string_view text, std::string& out,
               std::vector<std::uint32_t>* origins = nullptr);

/// Appends the text in lower case, character by character, whatever stands beside it (so that a
/// final sigma is like any other), as Rust's char::to_lowercase. Otherwise as `normalize`.
void lower_case(std::string_view text, std::string& out,
                std::vector<std::uint32_t>* origins = nullptr);

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "normalizer.inl.hpp"
#endif
