#pragma once

/// \file
/// The tensors of a model by name, in one fixed order.

#include <array>
#include <cstddef>
#include <string>

#include "decoder.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

template <class T, class L, class Visit>
void visit_tensor(const std::string& name, Tensor<T, L>& tensor, Visit& visit)
{
    if (tensor.size_bytes() > 0) visit(name, tensor);
}

template <std::size_t K, std::size_t N, class Visit>
void visit_tensor(const std::string& name, QuantizedTensor<K, N>& tensor, Visit& visit)
{
    visit_tensor(name, tensor.values, visit);
    visit_tensor(name + ".scales", tensor.scales, visit);
}

template <std::size_t N, class Visit>
void visit_norm(const std::string& name, LayerNorm<N>& norm, Visit& visit)
{
    visit_tensor(name + ".gain", norm.gain, visit);
    visit_tensor(name + ".bias", norm.bias, visit);
}

template <std::size_t N, class Visit>
void visit_norm(const std::string& name, RmsNorm<N>& norm, Visit& visit)
{
    visit_tensor(name + ".gain", norm.gain, visit);
}

template <std::size_t K, std::size_t N, bool HasBias, Dtype D, class Visit>
void visit_linear(const std::string& name, Linear<K, N, HasBias, D>& linear, Visit& visit)
{
    visit_tensor(name + ".weight", linear.weight, visit);
    visit_tensor(name + ".bias", linear.bias, visit);
}

template <DecoderShape S, Dtype D, class Visit>
void visit_block(const std::string& name, Block<S, D>& block, Visit& visit)
{
    visit_norm(name + ".attention_norm", block.attention_norm, visit);
    visit_linear(name + ".attention.query", block.attention.query, visit);
    visit_linear(name + ".attention.key", block.attention.key, visit);
    visit_linear(name + ".attention.value", block.attention.value, visit);
    visit_linear(name + ".attention.projection", block.attention.projection, visit);
    visit_norm(name + ".mlp_norm", block.mlp_norm, visit);
    visit_linear(name + ".mlp.up", block.mlp.up, visit);
    visit_linear(name + ".mlp.gate", block.mlp.gate, visit);
    visit_linear(name + ".mlp.down", block.mlp.down, visit);
}

} // namespace detail

/// Calls `visit(name, tensor)` for every tensor of the model that has elements.
template <DecoderShape S, Precision P, class Visit>
void for_each_tensor(Decoder<S, P>& model, Visit visit)
{
    detail::visit_tensor("token_embedding", model.token_embedding, visit);
    detail::visit_tensor("position_embedding", model.position_embedding, visit);
    for (std::size_t i = 0; i < S.layers; ++i) {
        detail::visit_block<S>("blocks." + std::to_string(i), (*model.blocks)[i], visit);
    }
    detail::visit_norm("final_norm", model.final_norm, visit);
    if constexpr (!S.tied_head) detail::visit_tensor("head", model.untied_head(), visit);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
