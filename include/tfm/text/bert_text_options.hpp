#pragma once

/// \file
/// How BERT cleans a text, as its files and users choose.

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// What is done to a text before it is cut into words. The defaults are BERT uncased.
struct BertTextOptions {
    bool clean_text = true;       ///< drop control characters
    bool split_ideographs = true; ///< every CJK ideograph is a word
    /// Decompose (NFD) and drop marks (Mn). The few marks of other kinds are left as they come.
    bool strip_accents = true;
    bool lower_case = true; ///< character by character, whatever stands beside it

    friend bool operator==(const BertTextOptions&, const BertTextOptions&) = default;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
