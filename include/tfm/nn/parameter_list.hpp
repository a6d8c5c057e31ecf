#pragma once

/// \file
/// Which parameters a model has: the one list that loading, saving, packing, counting and random
/// initialisation walk.
///
/// `DecoderShape::visit_parameters` and `EncoderShape::visit_parameters` call `visit(Parameter)`
/// for each in a fixed order. What a shape lacks has an extent of zero.

#include <array>
#include <cstddef>
#include <string_view>

#include "block_shape.hpp"

namespace tfm {

/// What a parameter is for. Those of blocks stand first among their kinds, since a `BlockWeights`
/// keeps its norms and matmuls by these numbers.
enum class Role : unsigned char {
    attention_norm,       ///< of the attention's input, or behind it
    mlp_norm,             ///< of the MLP's input, or behind it
    query,                ///< (width, query_width)
    key,                  ///< (width, key_width)
    value,                ///< (width, key_width)
    attention_projection, ///< (query_width, width)
    mlp_up,               ///< (width, mlp_width)
    mlp_gate,             ///< (width, mlp_width)
    mlp_down,             ///< (mlp_width, width)
    token_embedding,      ///< of a decoder (width, vocab), packed; of an encoder (vocab, width)
    position_embedding,   ///< (context, width)
    type_embedding,       ///< (token_types, width), of an encoder
    embedding_norm,       ///< of the sum of an encoder's embeddings
    final_norm,           ///< before a decoder's head
    head,                 ///< (width, vocab), where it is not the token embedding
    pooler,               ///< (width, width), of an encoder
    classifier,           ///< (width, labels), of an encoder
};

/// Roles there are.
inline constexpr std::size_t role_count = 17;
/// Roles of a block's norms, the first ones.
inline constexpr std::size_t block_norms = 2;
/// Roles of a block's matmuls, the next ones.
inline constexpr std::size_t block_matmuls = 7;

/// Which part of a norm or a matmul a tensor is, and so its shape and type.
enum class ParameterKind : unsigned char {
    weight, ///< (rows, cols), packed, of y = x W; in the precision of the model's weights
    head,   ///< the same in fp32, of what stands on top of an encoder
    table,  ///< (rows, cols), a row is looked up; fp32
    bias,   ///< (cols), fp32
    gain,   ///< (cols), fp32
};

/// One tensor of a model.
struct Parameter {
    Role role;          ///< what it is for
    ParameterKind kind; ///< what it is
    std::size_t layer;  ///< its block's number; 0 outside of blocks
    std::size_t rows;   ///< 1 of a vector
    std::size_t cols;   ///< 0 where the shape has no such tensor

    /// Numbers in it, without padding.
    constexpr std::size_t size() const noexcept { return rows * cols; }
    /// Whether it belongs to a block.
    constexpr bool in_block() const noexcept { return role <= Role::mlp_down; }
};

namespace nn_detail {

constexpr std::size_t index_of(Role role) noexcept { return static_cast<std::size_t>(role); }

/// What a file of tfm's own calls a role.
constexpr std::string_view name_of(Role role) noexcept
{
    constexpr std::array<std::string_view, role_count> names{
        "attention_norm",  "mlp_norm",           "attention.query",
        "attention.key",   "attention.value",    "attention.projection",
        "mlp.up",          "mlp.gate",           "mlp.down",
        "token_embedding", "position_embedding", "type_embedding",
        "embedding_norm",  "final_norm",         "head",
        "pooler",          "classifier"};
    return names[index_of(role)];
}

/// A norm's gain, and its bias where it has one.
template <class Visit>
constexpr void visit_norm(Role role, std::size_t layer, Norm norm, std::size_t width, Visit& visit)
{
    visit(Parameter{role, ParameterKind::gain, layer, 1, width});
    visit(Parameter{role, ParameterKind::bias, layer, 1, norm == Norm::layer_norm ? width : 0});
}

/// A matmul's weight, and its bias where it has one.
template <class Visit>
constexpr void visit_matmul(Role role, std::size_t layer, ParameterKind kind, std::size_t inputs,
                            std::size_t outputs, bool has_bias, Visit& visit)
{
    visit(Parameter{role, kind, layer, outputs == 0 ? 0 : inputs, outputs});
    visit(Parameter{role, ParameterKind::bias, layer, 1, has_bias ? outputs : 0});
}

/// The parameters of block number `layer`.
template <class Visit>
constexpr void visit_block(const BlockShape& shape, std::size_t layer, Visit& visit)
{
    auto const norm = [&](Role role, std::size_t width) {
        bool const is_there = shape.norm_placement != NormPlacement::none;
        visit_norm(role, layer, shape.norm, is_there ? width : 0, visit);
    };
    auto const matmul = [&](Role role, std::size_t inputs, std::size_t outputs, bool has_bias) {
        visit_matmul(role, layer, ParameterKind::weight, inputs, outputs, has_bias, visit);
    };
    norm(Role::attention_norm, shape.width);
    matmul(Role::query, shape.width, shape.query_width(), shape.biases.qkv);
    matmul(Role::key, shape.width, shape.key_width(), shape.biases.qkv);
    matmul(Role::value, shape.width, shape.key_width(), shape.biases.qkv);
    matmul(Role::attention_projection, shape.query_width(), shape.width, shape.biases.projection);
    if (shape.has_mlp_norm()) norm(Role::mlp_norm, shape.width);
    matmul(Role::mlp_up, shape.width, shape.mlp_width, shape.biases.mlp);
    matmul(Role::mlp_gate, shape.width, shape.mlp.gated ? shape.mlp_width : 0, shape.biases.mlp);
    matmul(Role::mlp_down, shape.mlp_width, shape.width, shape.biases.mlp);
}

/// Numbers in all parameters of a shape.
template <class Shape>
constexpr std::size_t count_parameters(const Shape& shape) noexcept
{
    std::size_t count = 0;
    shape.visit_parameters([&](const Parameter& parameter) { count += parameter.size(); });
    return count;
}

} // namespace nn_detail
} // namespace tfm
