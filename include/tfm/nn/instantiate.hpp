#pragma once

/// \file
/// The code of a forward pass, compiled once for all units of a program. Each unit that calls
/// `forward` or `encode` otherwise compiles the pass for itself, some ten seconds of -O3 for a
/// precision. A header of the program says what is compiled elsewhere,
///
///     #include <tfm/nn/instantiate.hpp>
///     TFM_DECODER_CODE(extern template, tfm::precision::int8);
///     TFM_FORM_CODE(extern template, tfm::form::gelu_tanh, tfm::precision::int8);
///
/// and one unit that includes it has the same lines with `template` for `extern template`. A unit
/// compiles for itself what no line names. The lines stand at the top of a file, in no namespace.

#include <cstddef>
#include <span>

#include "encode.hpp"
#include "forms.hpp"
#include "forward.hpp"

/// The pass of decoders in one precision: all but their MLP's inner features.
#define TFM_DECODER_CODE(declaration, precision)                                                   \
    TFM_PASS_FUNCTION(declaration void run_chunk<precision>(                                       \
        const DecoderModel<precision>&, DecoderPassMemory<precision>&, bool, std::size_t,          \
        View<float, RowMajor<>>) noexcept)

/// The pass of encoders in one precision, likewise.
#define TFM_ENCODER_CODE(declaration, precision)                                                   \
    TFM_ENCODER_FUNCTION(declaration, encode, precision);                                          \
    TFM_ENCODER_FUNCTION(declaration, encode_pooled, precision);                                   \
    TFM_ENCODER_FUNCTION(declaration, classify, precision)

/// One of the three functions of encoders.
#define TFM_ENCODER_FUNCTION(declaration, name, precision)                                         \
    TFM_PASS_FUNCTION(declaration void name<precision>(                                            \
        const EncoderModel<precision>&, EncoderPassMemory<precision>&,                             \
        std::span<const EncoderInput>, View<float, RowMajor<>>))

/// The inner features of an MLP of one form (tfm/nn/forms.hpp) in one precision.
#define TFM_FORM_CODE(declaration, form, precision)                                                \
    TFM_PASS_FUNCTION(declaration void inner_features<form, precision>(                            \
        const BlockWeights<(precision).weights>&, MatmulInputs<precision>::Rows, PanelRange,       \
        std::size_t, HiddenView<precision>))

/// A declaration in the namespace of the functions of passes, which wants a semicolon behind it.
#define TFM_PASS_FUNCTION(...)                                                                     \
    namespace tfm {                                                                                \
    inline namespace TFM_ISA_NAMESPACE {                                                           \
    namespace detail {                                                                             \
    __VA_ARGS__;                                                                                   \
    }                                                                                              \
    }                                                                                              \
    }                                                                                              \
    static_assert(true)
