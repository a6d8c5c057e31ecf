#pragma once

/// \file
/// From the name of a non-linearity to the step that computes it in a matmul's epilogue.

#include <type_traits>

#include "../kernels/epilogue.hpp"
#include "decoder_shape.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// The step of a matmul that applies A.
template <Activation A>
using ActivationStep =
    std::conditional_t<A == Activation::gelu_tanh, GeluTanh,
                       std::conditional_t<A == Activation::gelu, Gelu,
                                          std::conditional_t<A == Activation::silu, Silu, Relu>>>;

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
