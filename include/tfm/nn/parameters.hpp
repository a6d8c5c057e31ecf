#pragma once

/// \file
/// The parameters of a model in memory: each entry of its shape's list with the tensor that holds
/// it. Whatever walks all parameters (loading, packing, counting) walks this list and is compiled
/// once, whatever the model.

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "../config.hpp"
#include "parameter_list.hpp"
#include "weight.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// What may hold a parameter: a vector, a table or a packed weight in one of three types.
using TensorPointer =
    std::variant<Tensor<float, Vec<>>*, Tensor<float, RowMajor<>>*, Tensor<float, Packed<>>*,
                 Tensor<bf16, Packed<>>*, QuantizedTensor<>*>;

/// A parameter and the tensor that holds it, which stays where it is until the model is moved.
struct ParameterTensor {
    Parameter parameter;  ///< what it is for, and its extents
    TensorPointer tensor; ///< its numbers
};

namespace nn_detail {

template <class T, class L>
void allocate(Tensor<T, L>& tensor, const Parameter& parameter)
{
    if constexpr (L::rank == 1) {
        tensor = Tensor<T, L>(L(parameter.cols));
    } else {
        tensor = Tensor<T, L>(L(parameter.rows, parameter.cols));
    }
}

inline void allocate(QuantizedTensor<>& tensor, const Parameter& parameter)
{
    tensor = QuantizedTensor<>(Packed<>(parameter.rows, parameter.cols));
}

/// Takes the parameters of a shape's list that have numbers.
struct ParameterCollector {
    std::vector<Parameter> parameters; ///< so far

    /// A call of its own for each of the many places that visit one: inlined there it would be most
    /// of the code that walks a list.
    [[gnu::noinline]] void operator()(const Parameter& parameter)
    {
        if (parameter.size() > 0) parameters.push_back(parameter);
    }
};

/// Every parameter of a shape that has numbers, in the order of its list.
template <class Shape>
std::vector<Parameter> parameters_of_shape(const Shape& shape)
{
    ParameterCollector collector;
    shape.visit_parameters(collector);
    return std::move(collector.parameters);
}

/// The same with the tensors of `weights`.
template <class Weights>
std::vector<ParameterTensor> list_parameters(Weights& weights)
{
    std::vector<ParameterTensor> list;
    for (const Parameter& parameter : parameters_of_shape(weights.shape))
        list.push_back({parameter, weights.tensor(parameter)});
    return list;
}

/// Gives every parameter of `weights` its extents, all zero.
template <class Weights>
void allocate_parameters(Weights& weights)
{
    for (const ParameterTensor& entry : list_parameters(weights)) {
        std::visit([&](auto* tensor) { allocate(*tensor, entry.parameter); }, entry.tensor);
    }
}

/// Bytes of a parameter in memory, with weights in `dtype`.
constexpr std::size_t parameter_bytes(const Parameter& parameter, Dtype dtype) noexcept
{
    if (parameter.size() == 0) return 0;
    switch (parameter.kind) {
    case ParameterKind::weight:
        return weight_bytes(dtype, parameter.rows, parameter.cols);
    case ParameterKind::head:
        return weight_bytes(Dtype::fp32, parameter.rows, parameter.cols);
    default:
        return parameter.size() * sizeof(float);
    }
}

/// Bytes of all parameters of a shape.
template <class Shape>
constexpr std::size_t parameter_bytes(const Shape& shape, Dtype dtype) noexcept
{
    std::size_t bytes = 0;
    shape.visit_parameters(
        [&](const Parameter& parameter) { bytes += parameter_bytes(parameter, dtype); });
    return bytes;
}

/// Fails where parameters are the zeros that they were made with.
inline void require_filled(const char* who, bool is_filled)
{
    require(is_filled, [&] {
        return std::string(who) +
               ": nobody has filled the parameters, which are all zero; load a folder, or call "
               "load_parameters (tfm/models/load.hpp), init_random (tfm/models/random_model.hpp) "
               "or, to fill them by hand, parameters_of";
    });
}

} // namespace nn_detail

/// What tfm's own files call a parameter, for example `blocks.3.attention.query.weight`.
inline std::string name_of(const Parameter& parameter)
{
    std::string name;
    if (parameter.in_block()) name = "blocks." + std::to_string(parameter.layer) + ".";
    name += nn_detail::name_of(parameter.role);
    bool const is_matrix = parameter.role == Role::token_embedding || parameter.role == Role::head;
    switch (parameter.kind) {
    case ParameterKind::gain:
        return name + ".gain";
    case ParameterKind::bias:
        return name + ".bias";
    case ParameterKind::table:
        return name;
    default:
        return is_matrix ? name : name + ".weight";
    }
}

} // namespace tfm

#include "../restore_macros.hpp"
