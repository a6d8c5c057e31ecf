#pragma once

/// \file
/// What a checkpoint calls the parameters of an encoder.

#include <string_view>

#include "weight_names.hpp"

namespace tfm {
/// Tensor names of an encoder's checkpoint. A name that the shape does not need may be empty.
struct EncoderNames {
    DecoderNames body; ///< of the blocks, and of the embeddings of tokens and positions
    std::string_view type_embedding = {};       ///< (token_types, width)
    std::string_view embedding_norm;            ///< of the sum of embeddings
    std::string_view pooler = {};               ///< a linear layer
    std::string_view classifier = "classifier"; ///< a linear layer
    bool pooler_in_body = true;                 ///< whether the pooler is written under the prefix
};

} // namespace tfm
