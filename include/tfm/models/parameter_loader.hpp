#pragma once

/// \file
/// All parameters of a model from a checkpoint.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "balance.hpp"
#include "checkpoint.hpp"
#include "parameter_reader.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Walks the list of a model's parameters and fills each from the checkpoint. Compiled once,
/// whatever the model and its precision.
///
/// Where weights become int8 and norms stand before attention and MLP, a norm feeds nothing but
/// matmuls, so magnitude is shared out between it and the weights that read it (see balance.hpp).
class ParameterLoader {
public:
    /// \param weights what the matrices of the blocks are stored in.
    ParameterLoader(const ParameterReader& reader, const CheckpointNames& names,
                    const BlockShape& shape, Dtype weights)
        : reader_(reader), names_(names), shape_(shape),
          balances_(weights == Dtype::int8 && shape.norm_placement == NormPlacement::before)
    {
    }

    void load(std::span<const ParameterTensor> parameters)
    {
        for (const ParameterTensor& target : parameters) {
            Parameter const& parameter = target.parameter;
            StoredParameter const stored(names_, shape_, parameter);
            bool const is_weight = parameter.kind == ParameterKind::weight;
            if (is_weight && balances_ && reads_norm(parameter.role)) {
                reader_.read(stored, target, factors_for(parameter));
            } else {
                reader_.read(stored, target);
            }
            if (parameter.in_block() && !is_weight) remember_norm(target);
        }
    }

private:
    /// A norm that was read, and the factors for the rows of the weights that read it.
    struct BlockNorm {
        std::span<float> gain;
        std::span<float> bias;
        std::vector<float> factors;
    };

    /// Whether a matmul reads the output of a norm.
    static bool reads_norm(Role role) noexcept
    {
        return role == Role::query || role == Role::key || role == Role::value ||
               role == Role::mlp_up || role == Role::mlp_gate;
    }
    /// The norm that a matmul reads.
    Role norm_of(Role role) const noexcept
    {
        bool const in_mlp = role == Role::mlp_up || role == Role::mlp_gate;
        return in_mlp && shape_.has_mlp_norm() ? Role::mlp_norm : Role::attention_norm;
    }

    /// Norms precede the matmuls that read them in the list.
    void remember_norm(const ParameterTensor& target)
    {
        Parameter const& parameter = target.parameter;
        std::size_t const index = nn_detail::index_of(parameter.role);
        if (index >= block_norms) return;
        auto* const vector = target.tensor.vector();
        std::span<float> const values(vector->data(), vector->size());
        if (parameter.kind == ParameterKind::gain) {
            norms_[index] = {values, {}, {}};
        } else {
            norms_[index].bias = values;
        }
    }

    /// The factors for a weight's rows; the first weight that reads a norm has it balanced.
    std::span<const float> factors_for(const Parameter& parameter)
    {
        Role const role = norm_of(parameter.role);
        BlockNorm& norm = norms_[nn_detail::index_of(role)];
        if (norm.factors.empty()) {
            norm.factors =
                balance(reader_, readers_of(role, parameter.layer), norm.gain, norm.bias);
        }
        return norm.factors;
    }

    /// The weights that read a block's norm; one that holds queries, keys and values counts once.
    std::vector<StoredParameter> readers_of(Role norm, std::size_t layer) const
    {
        nn_detail::ParameterCollector block;
        nn_detail::visit_block(shape_, layer, block);
        std::vector<StoredParameter> readers;
        for (const Parameter& parameter : block.parameters) {
            if (parameter.kind != ParameterKind::weight) continue;
            if (!reads_norm(parameter.role) || norm_of(parameter.role) != norm) continue;
            bool const is_query = parameter.role == Role::query;
            if (!is_query && checkpoint_detail::shares_qkv(names_, parameter.role)) continue;
            readers.emplace_back(names_, shape_, parameter);
        }
        return readers;
    }

    const ParameterReader& reader_;
    const CheckpointNames& names_;
    const BlockShape& shape_;
    bool balances_;
    std::array<BlockNorm, block_norms> norms_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
