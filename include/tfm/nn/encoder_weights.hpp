#pragma once

/// \file
/// The parameters of an encoder whose sizes are known at run time.

#include <cstddef>
#include <memory>
#include <vector>

#include "block_weights.hpp"
#include "encoder_shape.hpp"
#include "parameters.hpp"
#include "shape_rules.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// All that an encoder reads, with the matrices of its blocks in D; embeddings, pooler and
/// classifier are fp32. One type for every shape: what differs is data.
template <Dtype D>
struct EncoderWeights {
    /// All parameters zero; a loader fills them. Throws `tfm::Error` for a shape that breaks a
    /// rule.
    explicit EncoderWeights(const EncoderShape& sizes)
        : shape((check_rules(sizes), sizes)), block_shape(sizes.block()), blocks(sizes.layers)
    {
        nn_detail::allocate_parameters(*this);
    }

    EncoderShape shape;     ///< every size a number
    BlockShape block_shape; ///< of every block

    Tensor<float, RowMajor<>> token_embedding;    ///< (vocab, width)
    Tensor<float, RowMajor<>> position_embedding; ///< (context, width)
    Tensor<float, RowMajor<>> type_embedding;     ///< (token_types, width)
    NormWeights embedding_norm;                   ///< of the sum of the tables
    std::vector<BlockWeights<D>> blocks;          ///< layer by layer
    LinearWeights<> pooler;                       ///< (width, width), or empty
    LinearWeights<> classifier;                   ///< (width, labels), or empty
    std::shared_ptr<const void> memory;           ///< what tensors may be borrowed from
    bool is_filled = false;                       ///< whether parameters are more than zeros

    /// The tensor that holds a parameter of the shape's list.
    TensorPointer tensor(const Parameter& parameter) noexcept
    {
        if (parameter.in_block()) return blocks[parameter.layer].tensor(parameter);
        switch (parameter.role) {
        case Role::token_embedding:
            return &token_embedding;
        case Role::position_embedding:
            return &position_embedding;
        case Role::type_embedding:
            return &type_embedding;
        case Role::pooler:
            return pooler.tensor(parameter.kind);
        case Role::classifier:
            return classifier.tensor(parameter.kind);
        default:
            return embedding_norm.tensor(parameter.kind);
        }
    }
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
