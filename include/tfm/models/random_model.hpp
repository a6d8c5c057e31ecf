#pragma once

/// \file
/// Models in memory with random parameters, as training begins with them.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "load_arrays.hpp"
#include "load_block.hpp"
#include "random_parameters.hpp"
#include "shape_family.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The names of a decoder's family, or others where no family has its choices.
inline DecoderNames names_of(const DecoderShape& shape)
{
    auto const family = family_of(shape);
    DecoderNames names = family ? family->names : block_names;
    if (family) return names;
    // A block's number tells its tensors from those of the others.
    names.attention_norm = "{}.attention_norm";
    names.query = "{}.query";
    names.key = "{}.key";
    names.value = "{}.value";
    names.attention_projection = "{}.projection";
    names.mlp_norm = "{}.mlp_norm";
    names.mlp_up = "{}.up";
    names.mlp_gate = "{}.gate";
    names.mlp_down = "{}.down";
    return names;
}

inline EncoderNames names_of(const EncoderShape& shape)
{
    return shape.token_types > 0 ? bert_names : distilbert_names;
}

} // namespace detail

/// The parameters that a model of this shape begins its training with, under the names of its
/// family or those that are given: norms that do nothing, biases of zero, and normal weights. Equal
/// seeds give equal numbers on every machine, those of `write_random_checkpoint`.
template <class Shape>
StateDict random_state_dict(const Shape& shape, const CheckpointNames& names,
                            const RandomSpread& spread, std::uint64_t seed)
{
    check_rules(shape);
    return random_detail::random_state(
        random_detail::random_tensors(nn_detail::parameters_of_shape(shape), shape.block(), names,
                                      spread),
        seed);
}

/// Fills a decoder or an encoder with such parameters.
template <class Model>
requires requires(const Model& model) { model.sizes().layers; }
void init_random(Model& model, std::uint64_t seed)
{
    auto const names = detail::names_of(model.sizes());
    load_parameters(
        random_state_dict(model.sizes(), CheckpointNames(names), usual_spread(model.sizes()), seed),
        names, model);
}

/// The same of a `Block`, an `Attention` or an `Mlp`.
template <BlockShape S, Precision P>
void init_random(BlockPart<S, P>& part, std::uint64_t seed)
{
    nn_detail::ParameterCollector collector;
    nn_detail::visit_block(part.sizes(), 0, collector);
    CheckpointNames const names(block_names);
    load_parameters(
        random_detail::random_state(
            random_detail::random_tensors(collector.parameters, part.sizes(), names, {}), seed),
        block_names, part);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
