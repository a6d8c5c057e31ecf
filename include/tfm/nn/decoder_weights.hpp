#pragma once

/// \file
/// The parameters of a decoder whose sizes are known at run time.

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "block_weights.hpp"
#include "decoder_shape.hpp"
#include "parameters.hpp"
#include "shape_rules.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// All that a decoder reads, with weights in D. One type for every shape: what differs is data.
template <Dtype D>
struct DecoderWeights {
    /// All parameters zero; a loader fills them. Throws `tfm::Error` for a shape that breaks a
    /// rule.
    explicit DecoderWeights(const DecoderShape& sizes)
        : shape((check_rules(sizes), sizes)), block_shape(sizes.block()), blocks(sizes.layers)
    {
        nn_detail::allocate_parameters(*this);
    }

    DecoderShape shape;     ///< every size a number
    BlockShape block_shape; ///< of every block

    Weight<D> token_embedding;                    ///< (width, vocab)
    Tensor<float, RowMajor<>> position_embedding; ///< (context, width) where positions are learned
    std::vector<BlockWeights<D>> blocks;          ///< layer by layer
    NormWeights final_norm;                       ///< before the head
    Weight<D> untied_head;                        ///< (width, vocab) where the head is not tied
    std::shared_ptr<const void> memory;           ///< what tensors may be borrowed from
    bool is_filled = false;                       ///< whether parameters are more than zeros

    /// The output head (width, vocab): its own matrix or the token embedding.
    WeightView<D> head() const noexcept
    {
        return shape.tied_head ? token_embedding.view() : untied_head.view();
    }

    /// The tensor that holds a parameter of the shape's list.
    TensorPointer tensor(const Parameter& parameter) noexcept
    {
        if (parameter.in_block()) return blocks[parameter.layer].tensor(parameter);
        switch (parameter.role) {
        case Role::token_embedding:
            return &token_embedding;
        case Role::position_embedding:
            return &position_embedding;
        case Role::head:
            return &untied_head;
        default:
            return final_norm.tensor(parameter.kind);
        }
    }
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
