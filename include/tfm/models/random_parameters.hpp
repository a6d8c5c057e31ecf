#pragma once

/// \file
/// Random parameters as training begins with them, in the form in which a checkpoint keeps them.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../io/safetensors_writer.hpp"
#include "../nn/decoder_shape.hpp"
#include "../nn/encoder_shape.hpp"
#include "../nn/parameters.hpp"
#include "../parallel.hpp"
#include "checkpoint.hpp"
#include "random_numbers.hpp"
#include "state_dict.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// How far random weights spread: the values that training begins with.
struct RandomSpread {
    double weights = 0.02;  ///< standard deviation of weights and embeddings
    double residual = 0.02; ///< of those that write to the residual stream
};

/// What GPT-2's training began with (Radford et al. 2019): weights that write to the residual
/// stream spread less, by the root of how many do.
inline RandomSpread gpt2_spread(std::size_t layers)
{
    return {0.02, 0.02 / std::sqrt(2.0 * static_cast<double>(layers))};
}

/// What the training of a model of this shape began with.
inline RandomSpread usual_spread(const DecoderShape& shape)
{
    bool const is_gpt2 = shape.positions == Positions::learned;
    return is_gpt2 ? gpt2_spread(shape.layers) : RandomSpread{};
}
/// The same of an encoder.
inline RandomSpread usual_spread(const EncoderShape&) { return {}; }

namespace random_detail {

/// A tensor to be made up: normal around 0, or the same number throughout.
struct RandomTensor {
    TensorDeclaration declaration;
    double deviation; ///< 0: all elements are `constant`
    float constant;

    std::size_t size() const noexcept
    {
        std::size_t count = 1;
        for (std::size_t const extent : declaration.shape) count *= extent;
        return count;
    }
};

inline RandomTensor random_tensor(const CheckpointNames& names, const StoredParameter& stored,
                                  const Parameter& parameter, const RandomSpread& spread)
{
    bool const writes_residual =
        parameter.role == Role::attention_projection || parameter.role == Role::mlp_down;
    RandomTensor tensor{{checkpoint_detail::written_name(names, stored, parameter.role),
                         FileDType::F32, stored.extents()},
                        writes_residual ? spread.residual : spread.weights,
                        0.0F};
    if (parameter.kind == ParameterKind::gain || parameter.kind == ParameterKind::bias)
        tensor.deviation = 0.0;
    if (parameter.kind == ParameterKind::gain) tensor.constant = 1.0F;
    return tensor;
}

/// The tensors of a checkpoint: norms that do nothing, biases of zero, and random weights.
inline std::vector<RandomTensor> random_tensors(std::span<const Parameter> parameters,
                                                const BlockShape& block,
                                                const CheckpointNames& names,
                                                const RandomSpread& spread)
{
    std::vector<RandomTensor> tensors;
    for (const Parameter& parameter : parameters) {
        bool const is_part =
            parameter.role != Role::query && checkpoint_detail::shares_qkv(names, parameter.role);
        if (is_part) continue;
        tensors.push_back(
            random_tensor(names, StoredParameter(names, block, parameter), parameter, spread));
    }
    return tensors;
}

/// Elements [first, first + values.size()) of tensor number `stream`, on all threads.
inline void fill(const RandomTensor& tensor, std::uint64_t seed, std::size_t stream,
                 std::size_t first, std::span<float> values) noexcept
{
    numbers_detail::NormalStream const normal(seed, stream, tensor.deviation);
    parallel(default_threads(), [&](Team team) {
        IndexRange const share = team.share(values.size());
        for (std::size_t i = share.begin; i < share.end; ++i)
            values[i] = tensor.deviation == 0.0 ? tensor.constant : normal(first + i);
    });
}

/// The tensors in memory.
inline StateDict random_state(std::span<const RandomTensor> tensors, std::uint64_t seed)
{
    StateDict state;
    for (std::size_t stream = 0; stream < tensors.size(); ++stream) {
        TensorDeclaration const& declared = tensors[stream].declaration;
        fill(tensors[stream], seed, stream, 0, state.create(declared.name, declared.shape));
    }
    return state;
}

} // namespace random_detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
