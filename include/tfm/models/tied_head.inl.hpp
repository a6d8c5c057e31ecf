#pragma once

/// \file
/// Comparing a checkpoint's head with its token embedding.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "../io/float_reader.hpp"
#include "../nn/parameter_list.hpp"
#include "tied_head.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Whether two tensors hold the same numbers, whatever they are stored as. Reads both piece by
/// piece, so that no large tensor is in memory.
inline bool have_same_numbers(const StoredTensor& a, const StoredTensor& b)
{
    if (a.info->shape != b.info->shape) return false;
    constexpr std::size_t most = std::size_t{1} << 20U;
    FloatReader const read_a(a);
    FloatReader const read_b(b);
    std::size_t const size = a.info->bytes.size() / size_of(a.info->dtype);
    std::vector<float> piece_a(std::min(size, most));
    std::vector<float> piece_b(piece_a.size());
    bool are_same = true;
    for (std::size_t first = 0; first < size && are_same; first += most) {
        std::size_t const count = std::min(most, size - first);
        read_a.read(first, 1, count, piece_a.data());
        read_b.read(first, 1, count, piece_b.data());
        are_same = std::equal(piece_a.begin(), piece_a.begin() + static_cast<std::ptrdiff_t>(count),
                              piece_b.begin());
        for (const StoredTensor* const tensor : {&a, &b}) {
            std::size_t const bytes = size_of(tensor->info->dtype);
            tensor->release(tensor->info->bytes.subspan(first * bytes, count * bytes));
        }
    }
    return are_same;
}

} // namespace detail

TFM_INLINE bool has_another_head(const TensorIndex& tensors, const DecoderNames& names)
{
    if (names.head.empty()) return false;
    const StoredTensor* const head = tensors.find(names.head, names.prefix);
    const StoredTensor* const embedding = tensors.find(names.token_embedding, names.prefix);
    return head != nullptr && embedding != nullptr && head != embedding &&
           !detail::have_same_numbers(*head, *embedding);
}

TFM_INLINE void settle_tied_head(DecoderFamily& family, WeightFiles& weights)
{
    if (!family.shape.tied_head) return;
    if (weights.is_packed) {
        // Its weights were settled when they were packed.
        family.shape.tied_head =
            weights.files.front().find(nn_detail::name_of(Role::head)) == nullptr;
        return;
    }
    DecoderNames& names = family.names;
    if (weights.tensors.find(names.token_embedding, names.prefix) == nullptr &&
        weights.tensors.find(names.head, names.prefix) != nullptr) {
        names.token_embedding = names.head;
    } else if (has_another_head(weights.tensors, names)) {
        family.shape.tied_head = false;
        weights.notes.push_back(weights.path.string() + ": " + std::string(names.head) +
                                " differs from the token embedding and is used, though config.json "
                                "says that they are tied (tie_word_embeddings)");
    }
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
