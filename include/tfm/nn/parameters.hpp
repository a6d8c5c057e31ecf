#pragma once

/// \file
/// The tensors of a model by name, in one fixed order and without their types.

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "decoder.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// One tensor of a model.
struct NamedTensor {
    std::string name;       ///< unique in the model
    Dtype dtype;            ///< of its elements
    void* data;             ///< the elements, padding among them
    std::size_t size_bytes; ///< of all of them

    /// Makes the tensor borrow `size_bytes` at `memory`, 64-byte aligned and outliving it.
    void borrow(void* memory) const { borrow_into(tensor, memory); }

    void* tensor;                                    ///< the `Tensor` itself, for `borrow_into`
    void (*borrow_into)(void* tensor, void* memory); ///< `Tensor::borrow` of its type
};

namespace detail {

/// Collects tensors under names that begin alike. Not a template of the model, whose parts it is
/// handed one by one, so that a further model costs the compiler little.
class TensorList {
public:
    template <class T, class L>
    void add(std::string name, Tensor<T, L>& tensor)
    {
        if (tensor.size_bytes() == 0) return;
        constexpr Dtype dtype = dtype_traits<T>::dtype;
        tensors_.push_back({std::move(name), dtype, tensor.data(), tensor.size_bytes(), &tensor,
                            [](void* self, void* memory) {
                                auto& borrower = *static_cast<Tensor<T, L>*>(self);
                                borrower = Tensor<T, L>::borrow(static_cast<T*>(memory),
                                                                borrower.layout());
                            }});
    }

    template <std::size_t K, std::size_t N>
    void add(const std::string& name, QuantizedTensor<K, N>& tensor)
    {
        add(name, tensor.values);
        add(name + ".scales", tensor.scales);
    }

    template <class NormParameters>
    void add_norm(const std::string& name, NormParameters& norm)
    {
        add(name + ".gain", norm.gain);
        if constexpr (requires { norm.bias; }) add(name + ".bias", norm.bias);
    }

    template <class LinearLayer>
    void add_linear(const std::string& name, LinearLayer& linear)
    {
        add(name + ".weight", linear.weight);
        add(name + ".bias", linear.bias);
    }

    std::vector<NamedTensor> take() && noexcept { return std::move(tensors_); }

private:
    std::vector<NamedTensor> tensors_;
};

template <DecoderShape S, Dtype D>
void add_block(TensorList& list, const std::string& name, Block<S, D>& block)
{
    list.add_norm(name + ".attention_norm", block.attention_norm);
    list.add_linear(name + ".attention.query", block.attention.query);
    list.add_linear(name + ".attention.key", block.attention.key);
    list.add_linear(name + ".attention.value", block.attention.value);
    list.add_linear(name + ".attention.projection", block.attention.projection);
    list.add_norm(name + ".mlp_norm", block.mlp_norm);
    list.add_linear(name + ".mlp.up", block.mlp.up);
    list.add_linear(name + ".mlp.gate", block.mlp.gate);
    list.add_linear(name + ".mlp.down", block.mlp.down);
}

} // namespace detail

/// Every tensor of the model that has elements. They stay valid until the model is moved.
template <DecoderShape S, Precision P>
std::vector<NamedTensor> tensors_of(Decoder<S, P>& model)
{
    detail::TensorList list;
    list.add("token_embedding", model.token_embedding);
    list.add("position_embedding", model.position_embedding);
    for (std::size_t i = 0; i < S.layers; ++i) {
        detail::add_block(list, "blocks." + std::to_string(i), (*model.blocks)[i]);
    }
    list.add_norm("final_norm", model.final_norm);
    if constexpr (!S.tied_head) list.add("head", model.untied_head());
    return std::move(list).take();
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
