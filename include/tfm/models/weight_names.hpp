#pragma once

/// \file
/// What a checkpoint calls the parameters of a decoder.

#include <cstddef>
#include <string>
#include <string_view>

#include "../kernels/pack.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Tensor names of a decoder's checkpoint; `{}` stands for the number of a block. A norm or a
/// linear layer is named without its `.weight` and `.bias`.
struct DecoderNames {
    std::string_view prefix; ///< what every name may also begin with
    std::string_view token_embedding;
    std::string_view position_embedding;
    std::string_view attention_norm;
    std::string_view qkv; ///< one matrix: the columns of Q, then K, then V
    std::string_view attention_projection;
    std::string_view mlp_norm;
    std::string_view mlp_up;
    std::string_view mlp_down;
    std::string_view final_norm;
    std::string_view head; ///< (vocab, width), read where the shape has an untied head
    Orientation
        orientation; ///< of the linear layers; embeddings and head are always (vocab, width)
};

/// `pattern` with `{}` replaced by the number of a block.
inline std::string block_name(std::string_view pattern, std::size_t block)
{
    std::string name(pattern);
    std::size_t const at = name.find("{}");
    if (at != std::string::npos) name.replace(at, 2, std::to_string(block));
    return name;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
