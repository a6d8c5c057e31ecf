#pragma once

/// \file
/// Decoders and encoders from arrays in memory.

#include <string_view>
#include <vector>

#include "load.hpp"
#include "state_dict.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Fails where an array is none of those that a model's parameters are read from: nobody fills a
/// bias to have it left out. `head` is the name of one that may be there besides.
template <class Weights>
void require_all_used(Weights& weights, const TensorIndex& tensors, const StateDict& arrays,
                      const CheckpointNames& names, std::string_view head)
{
    std::vector<const StoredTensor*> used{tensors.find(head, names.prefix)};
    for (const ParameterTensor& entry : nn_detail::list_parameters(weights)) {
        StoredParameter const stored(names, weights.block_shape, entry.parameter);
        used.push_back(tensors.find(stored.name(), names.prefix));
        used.push_back(tensors.find(stored.old_name(), names.prefix));
    }
    for (const TensorInfo& array : arrays.tensors()) {
        bool is_used = false;
        for (const StoredTensor* const tensor : used)
            is_used = is_used || (tensor != nullptr && tensor->info == &array);
        require(is_used, [&] {
            return StoredTensor{&array, nullptr}.where() +
                   "expected the name of a parameter that the model's shape has";
        });
    }
}

} // namespace detail

/// Fills a decoder from arrays in memory whose names are these, as from a checkpoint: rotary
/// features are brought in order, and magnitudes balanced before they are rounded to int8.
/// Throws `tfm::Error` naming the array, expected and found, also where the model has no use for
/// one.
template <DecoderShape S, Precision P>
void load_parameters(const StateDict& arrays, const DecoderNames& names, Decoder<S, P>& model)
{
    auto const tensors = TensorIndex::in_memory(arrays.tensors());
    detail::require_all_used(model.model().weights, tensors, arrays, CheckpointNames(names),
                             names.head);
    detail::load_named(tensors, "StateDict", names, model);
}

/// The same of an encoder.
template <EncoderShape S, Precision P>
void load_parameters(const StateDict& arrays, const EncoderNames& names, Encoder<S, P>& model)
{
    auto const tensors = TensorIndex::in_memory(arrays.tensors());
    detail::require_all_used(model.model().weights, tensors, arrays, CheckpointNames(names), {});
    detail::load_named(tensors, "StateDict", names, model);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
