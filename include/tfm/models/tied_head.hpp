#pragma once

/// \file
/// Heads that config.json says are tied to the token embedding, and what the weights say of that.

#include "../config.hpp"
#include "../io/tensor_index.hpp"
#include "family.hpp"
#include "weight_files.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Whether a checkpoint holds both a token embedding and a head, and they differ. Reads them.
bool has_another_head(const TensorIndex& tensors, const DecoderNames& names);

/// Makes a family with a tied head describe what the weights hold, as transformers 5 does: a head
/// that differs from the embedding is used, and `weights.notes` says so; where there is a head
/// alone, it is the embedding as well.
void settle_tied_head(DecoderFamily& family, WeightFiles& weights);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "tied_head.inl.hpp"
#endif
