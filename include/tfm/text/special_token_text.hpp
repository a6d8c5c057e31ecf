#pragma once

/// \file
/// What becomes of special tokens that stand in a text.

#include <cstddef>
#include <cstdint>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// What `encode` does with the text of a special token, such as `<|endoftext|>` or `[SEP]`.
enum class SpecialTokenText : std::uint8_t {
    recognise, ///< it becomes that token, as with Hugging Face's tokenizers
    as_text,   ///< it is text like any other: right for text from strangers
};

/// Bytes [begin, end) of a text.
struct TextRange {
    std::size_t begin; ///< the first byte
    std::size_t end;   ///< behind the last byte
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
