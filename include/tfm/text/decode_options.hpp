#pragma once

/// \file
/// How tokens become text.

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// How tokens are decoded.
struct DecodeOptions {
    bool skip_special_tokens = false; ///< leave out tokens like `<s>`
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
