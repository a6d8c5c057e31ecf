#pragma once

/// \file
/// What a checkpoint calls the parameters of a decoder.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "../tensor/orientation.hpp"

namespace tfm {

/// How a checkpoint stores the projections to queries, keys and values.
enum class QkvStorage {
    one_matrix,          ///< the columns of all Q, then of K, then of V (GPT-2)
    one_matrix_by_heads, ///< for each head its columns of Q, K and V (GPT-NeoX)
    three_matrices,
};

/// Tensor names of a decoder's checkpoint; `{}` stands for the number of a block. A norm or a
/// linear layer is named without its `.weight` and `.bias`. A name that the shape does not need may
/// be empty.
struct DecoderNames {
    std::string_view prefix;                  ///< what every name may also begin with
    std::string_view token_embedding;         ///< (vocab, width)
    std::string_view position_embedding = {}; ///< (context, width)
    std::string_view attention_norm;          ///< norm of the attention's input, or behind it
    QkvStorage qkv_storage;                   ///< one matrix or three
    std::string_view qkv = {};                ///< where they are one matrix
    std::string_view query = {};              ///< where they are three
    std::string_view key = {};                ///< where they are three
    std::string_view value = {};              ///< where they are three
    std::string_view attention_projection;    ///< linear: heads' features to the stream
    std::string_view mlp_norm = {};           ///< norm of the MLP's input, or behind it
    std::string_view mlp_up;                  ///< linear
    std::string_view mlp_gate = {};           ///< linear, where the MLP is gated
    std::string_view mlp_down;                ///< linear
    std::string_view final_norm = {};         ///< norm before the head
    std::string_view head = {}; ///< (vocab, width), read where the shape has an untied head
    /// Of the linear layers; embeddings and head are always (vocab, width). None: the one that the
    /// matrices have which are not square.
    std::optional<Orientation> orientation = std::nullopt;
};

/// Names for the arrays of a `Block`, an `Attention` or an `Mlp` of one's own, with matrices
/// (outputs, inputs) as PyTorch has them.
inline constexpr DecoderNames block_names{.prefix = {},
                                          .token_embedding = "token_embedding",
                                          .position_embedding = "position_embedding",
                                          .attention_norm = "attention_norm",
                                          .qkv_storage = QkvStorage::three_matrices,
                                          .query = "attention.query",
                                          .key = "attention.key",
                                          .value = "attention.value",
                                          .attention_projection = "attention.projection",
                                          .mlp_norm = "mlp_norm",
                                          .mlp_up = "mlp.up",
                                          .mlp_gate = "mlp.gate",
                                          .mlp_down = "mlp.down",
                                          .final_norm = "final_norm",
                                          .head = "head",
                                          .orientation = Orientation::out_in};

inline namespace TFM_BUILD_NAMESPACE {

/// `pattern` with `{}` replaced by the number of a block.
inline std::string block_name(std::string_view pattern, std::size_t block)
{
    std::string name(pattern);
    std::size_t const at = name.find("{}");
    if (at != std::string::npos) name.replace(at, 2, std::to_string(block));
    return name;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
