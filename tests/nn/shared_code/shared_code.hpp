#pragma once

/// \file
/// The passes that tests of models share: they are compiled once for a build, each precision in a
/// unit of its own (CMakeLists.txt includes this before each test). What is not named here, a test
/// compiles for itself.

#include <tfm/nn/instantiate.hpp>

#define TEST_DECODER_CODE(declaration, precision)                                                  \
    TFM_DECODER_CODE(declaration, precision);                                                      \
    TFM_FORM_CODE(declaration, tfm::form::gelu_tanh, precision);                                   \
    TFM_FORM_CODE(declaration, tfm::form::gelu, precision);                                        \
    TFM_FORM_CODE(declaration, tfm::form::relu, precision);                                        \
    TFM_FORM_CODE(declaration, tfm::form::gated_silu, precision)

TEST_DECODER_CODE(extern template, tfm::precision::fp32);
TEST_DECODER_CODE(extern template, tfm::precision::bf16);
TEST_DECODER_CODE(extern template, tfm::precision::int8_weights);
TEST_DECODER_CODE(extern template, tfm::precision::int8);
TEST_DECODER_CODE(extern template, tfm::precision::int8_kv8);
TFM_ENCODER_CODE(extern template, tfm::precision::fp32);
TFM_ENCODER_CODE(extern template, tfm::precision::bf16);
TFM_ENCODER_CODE(extern template, tfm::precision::int8_weights);
TFM_ENCODER_CODE(extern template, tfm::precision::int8);
