#pragma once

/// \file
/// Where a Hugging Face checkpoint keeps each parameter of a model: the one mapping that loading
/// and random initialisation read from opposite ends.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../nn/parameter_list.hpp"
#include "../nn/rotary.hpp"
#include "encoder_names.hpp"
#include "weight_names.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A checkpoint's names by role, of a decoder or an encoder of any family.
struct CheckpointNames {
    std::string_view prefix;                      ///< what every name may also begin with
    std::array<std::string_view, role_count> all; ///< by `Role`; `{}` is a block's number
    QkvStorage qkv_storage;                       ///< one matrix or three
    std::optional<Orientation> orientation;       ///< of the linear layers; none: told by a file
    bool pooler_in_body = true;                   ///< whether the pooler's name has the prefix

    /// Of a decoder.
    explicit CheckpointNames(const DecoderNames& names)
        : prefix(names.prefix), qkv_storage(names.qkv_storage), orientation(names.orientation)
    {
        bool const separate = qkv_storage == QkvStorage::three_matrices;
        set(Role::token_embedding, names.token_embedding);
        set(Role::position_embedding, names.position_embedding);
        set(Role::attention_norm, names.attention_norm);
        set(Role::query, separate ? names.query : names.qkv);
        set(Role::key, separate ? names.key : names.qkv);
        set(Role::value, separate ? names.value : names.qkv);
        set(Role::attention_projection, names.attention_projection);
        set(Role::mlp_norm, names.mlp_norm);
        set(Role::mlp_up, names.mlp_up);
        set(Role::mlp_gate, names.mlp_gate);
        set(Role::mlp_down, names.mlp_down);
        set(Role::final_norm, names.final_norm);
        set(Role::head, names.head);
    }
    /// Of an encoder.
    explicit CheckpointNames(const EncoderNames& names) : CheckpointNames(names.body)
    {
        set(Role::type_embedding, names.type_embedding);
        set(Role::embedding_norm, names.embedding_norm);
        set(Role::pooler, names.pooler);
        set(Role::classifier, names.classifier);
        pooler_in_body = names.pooler_in_body;
    }

    /// The name of a norm or a matmul without `.weight` and `.bias`, of an embedding or head with.
    std::string name(Role role, std::size_t block) const
    {
        return block_name(all[nn_detail::index_of(role)], block);
    }

private:
    void set(Role role, std::string_view name) { all[nn_detail::index_of(role)] = name; }
};

namespace checkpoint_detail {

/// Whether a role's matrix is looked up in, or is the head that goes with such a matrix: stored
/// (vocab, width) under its full name, whatever the orientation of the linear layers.
constexpr bool is_embedding(Role role) noexcept
{
    return role == Role::token_embedding || role == Role::position_embedding ||
           role == Role::type_embedding || role == Role::head;
}

/// Whether queries, keys and values are stored as one tensor, of which the query's entry in the
/// list of parameters stands for all.
constexpr bool shares_qkv(const CheckpointNames& names, Role role) noexcept
{
    bool const is_qkv = role == Role::query || role == Role::key || role == Role::value;
    return is_qkv && names.qkv_storage != QkvStorage::three_matrices;
}

} // namespace checkpoint_detail

/// A tensor of a checkpoint and what a parameter takes of it.
class StoredParameter {
public:
    /// Of a model of blocks of this shape.
    StoredParameter(const CheckpointNames& names, const BlockShape& shape,
                    const Parameter& parameter)
        : parameter_(parameter), base_(names.name(parameter.role, parameter.layer)),
          transposed_(checkpoint_detail::is_embedding(parameter.role) ||
                      names.orientation == Orientation::out_in),
          columns_(checkpoint_detail::shares_qkv(names, parameter.role) ? shape.qkv_width()
                                                                        : parameter.cols)
    {
        if (parameter.role == Role::query || parameter.role == Role::key ||
            parameter.role == Role::value) {
            require(names.qkv_storage != QkvStorage::one_matrix_by_heads ||
                        shape.kv_heads == shape.heads,
                    [&] {
                        return "tfm: " + base_ +
                               ": a matrix by heads holds keys and values of every head; expected "
                               "kv_heads as heads (" +
                               std::to_string(shape.heads) + "), found " +
                               std::to_string(shape.kv_heads);
                    });
            set_head_columns(names.qkv_storage, shape);
        }
    }

    /// Its name, without the prefix of the family.
    std::string name() const
    {
        if (checkpoint_detail::is_embedding(parameter_.role)) return base_;
        return base_ + (parameter_.kind == ParameterKind::bias ? ".bias" : ".weight");
    }
    /// The name that BERT's first checkpoints give a norm's gain or bias; empty of anything else.
    std::string old_name() const
    {
        switch (parameter_.role) {
        case Role::attention_norm:
        case Role::mlp_norm:
        case Role::embedding_norm:
            return base_ + (parameter_.kind == ParameterKind::bias ? ".beta" : ".gamma");
        default:
            return {};
        }
    }

    /// Its extents in the file.
    std::vector<std::size_t> extents() const
    {
        switch (parameter_.kind) {
        case ParameterKind::table:
            return {parameter_.rows, parameter_.cols};
        case ParameterKind::gain:
        case ParameterKind::bias:
            return {columns_};
        default:
            if (transposed_) return {columns_, parameter_.rows};
            return {parameter_.rows, columns_};
        }
    }

    /// Whether a packed weight is stored (N, K).
    bool transposed() const noexcept { return transposed_; }
    /// Columns of the stored matrix, or elements of the stored vector.
    std::size_t columns() const noexcept { return columns_; }
    /// Which of them the parameter's own are, in order; empty: all.
    const std::vector<std::size_t>& own_columns() const noexcept { return own_columns_; }

private:
    /// Heads where the storage has them, and the pairs of rotary features side by side.
    void set_head_columns(QkvStorage storage, const BlockShape& shape)
    {
        std::size_t const head_width = shape.head_width;
        auto const part = nn_detail::index_of(parameter_.role) - nn_detail::index_of(Role::query);
        std::size_t first = 0;
        std::size_t head_stride = head_width;
        if (storage == QkvStorage::one_matrix) {
            std::size_t const offsets[] = {0, shape.query_width(),
                                           shape.query_width() + shape.key_width()};
            first = offsets[part];
        } else if (storage == QkvStorage::one_matrix_by_heads) {
            first = part * head_width;
            head_stride = 3 * head_width;
        }
        std::size_t const turned = parameter_.role == Role::value ? 0 : shape.rotary_width;
        own_columns_.resize(parameter_.cols);
        for (std::size_t n = 0; n < parameter_.cols; ++n) {
            own_columns_[n] = first + n / head_width * head_stride +
                              rotary_source(shape.rotary.pairing, turned, n % head_width);
        }
    }

    Parameter parameter_;
    std::string base_;
    bool transposed_;
    std::size_t columns_;
    std::vector<std::size_t> own_columns_;
};

namespace checkpoint_detail {

/// The name that a parameter's tensor is written under, with the prefix of the family: what stands
/// on top of a body is beside it, not under its prefix.
inline std::string written_name(const CheckpointNames& names, const StoredParameter& stored,
                                Role role)
{
    bool const has_prefix = role != Role::head && role != Role::classifier &&
                            (role != Role::pooler || names.pooler_in_body);
    return std::string(has_prefix ? names.prefix : std::string_view()) + stored.name();
}

} // namespace checkpoint_detail

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
