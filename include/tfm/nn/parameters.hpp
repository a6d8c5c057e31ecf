#pragma once

/// \file
/// The parameters of a model in memory: each entry of its shape's list with the tensor that holds
/// it. Whatever walks all parameters (loading, packing, counting) walks this list and is compiled
/// once, whatever the model.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "parameter_list.hpp"
#include "weight.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// What may hold a parameter: a vector, a table or a packed weight in one of three types. (A
/// `std::variant` and its `std::visit` cost a compiler a tenth of a second in each unit.)
class TensorPointer {
public:
    /// Points at a gain or a bias.
    TensorPointer(Tensor<float, Vec<>>* tensor) noexcept : tensor_(tensor), kind_(Kind::vector) {}
    /// Points at a table.
    TensorPointer(Tensor<float, RowMajor<>>* tensor) noexcept : tensor_(tensor), kind_(Kind::table)
    {
    }
    /// Points at a weight in fp32.
    TensorPointer(Tensor<float, Packed<>>* tensor) noexcept : tensor_(tensor), kind_(Kind::fp32) {}
    /// Points at a weight in bf16.
    TensorPointer(Tensor<bf16, Packed<>>* tensor) noexcept : tensor_(tensor), kind_(Kind::bf16) {}
    /// Points at a weight in int8.
    TensorPointer(QuantizedTensor<>* tensor) noexcept : tensor_(tensor), kind_(Kind::int8) {}

    /// Calls `use` with the tensor, in its type.
    template <class Use>
    void visit(Use&& use) const
    {
        switch (kind_) {
        case Kind::vector:
            return use(*static_cast<Tensor<float, Vec<>>*>(tensor_));
        case Kind::table:
            return use(*static_cast<Tensor<float, RowMajor<>>*>(tensor_));
        case Kind::fp32:
            return use(*static_cast<Tensor<float, Packed<>>*>(tensor_));
        case Kind::bf16:
            return use(*static_cast<Tensor<tfm::bf16, Packed<>>*>(tensor_));
        case Kind::int8:
            return use(*static_cast<QuantizedTensor<>*>(tensor_));
        }
    }

    /// The tensor of a gain or a bias, null for others.
    [[nodiscard]] Tensor<float, Vec<>>* vector() const noexcept
    {
        return kind_ == Kind::vector ? static_cast<Tensor<float, Vec<>>*>(tensor_) : nullptr;
    }

private:
    enum class Kind : std::uint8_t { vector, table, fp32, bf16, int8 };

    void* tensor_;
    Kind kind_;
};

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
        entry.tensor.visit([&](auto& tensor) { allocate(tensor, entry.parameter); });
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
               "load_parameters (tfm/models/load_arrays.hpp), init_random "
               "(tfm/models/random_model.hpp) "
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
